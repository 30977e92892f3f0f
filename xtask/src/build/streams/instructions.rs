//! WebAssembly's instructions: which operands they have, in which stream these lie, and their numbers there.

pub(super) const END: u8 = 0x0b;
const LOCAL_GET: u8 = 0x20;
pub(super) const I32_CONST: u8 = 0x41;
const I32_ADD: u8 = 0x6a;
/// No instruction of WebAssembly's: a constant that is an address in the module's memory.
pub(super) const ADDRESS: u8 = 0xd7;
/// The streams of locals and of constants that the next instruction adds, or reads memory by.
const NEAR_LOCALS: u8 = 0x45;
const NEAR_CONSTANTS: u8 = 0x46;

/// Instructions that have numbers from these on. Brotli predicts a byte by the classes of the two before it, which are
/// these, and one from 128 to 191, where it holds data for numbers with a sign
/// ([RFC 7932, section 7.1](https://www.rfc-editor.org/rfc/rfc7932#section-7.1)). So alike instructions are in a class,
/// and the two commonest in one alone. The others get what is left, from 128 on.
const CLASSES: [(u8, &[u8]); 7] = [
    (0, &[I32_CONST]),
    // Loads and the addition.
    (
        1,
        &[
            0x28, 0x29, 0x2d, 0x2a, 0x2b, 0x2c, 0x2e, 0x2f, 0x35, 0x31, 0x30, 0x32, 0x33, 0x34,
            I32_ADD,
        ],
    ),
    // Stores, and copies of memory.
    (16, &[0x36, 0x37, 0x3a, 0x39, 0x3b, 0x38, 0xfc]),
    // Calls, and constants of other types.
    (64, &[0x10, ADDRESS, 0x42, 0x44, 0x23, 0x43]),
    // What takes a value away.
    (192, &[0x21, 0x22, 0x24, 0x1a]),
    // Blocks and branches.
    (
        240,
        &[
            END, 0x0d, 0x02, 0x0c, 0x04, 0x03, 0x0e, 0x0f, 0x05, 0x00, 0x11,
        ],
    ),
    (255, &[LOCAL_GET]),
];

/// The numbers of WebAssembly's instructions here.
pub(super) fn numbers() -> [u8; 256] {
    let mut numbers = [None; 256];
    let mut is_taken = [false; 256];
    for (first, instructions) in CLASSES {
        for (instruction, number) in instructions.iter().zip(first..=u8::MAX) {
            numbers[usize::from(*instruction)] = Some(number);
            is_taken[usize::from(number)] = true;
        }
    }
    let mut free = (128..=u8::MAX)
        .chain(0..128)
        .filter(|number| !is_taken[usize::from(*number)]);
    numbers.map(|number| number.or_else(|| free.next()).unwrap_or_default())
}

/// How the operands of an instruction lie in their stream.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    None = 0,
    One = 1,
    Two = 2,
    /// A number, and one more number than it says.
    Table = 3,
    FourBytes = 4,
    /// The difference to the last offset. The alignment is left out.
    Offset = 5,
    /// The difference to the last address.
    Address = 6,
    /// A number that says which instruction it is: two more numbers where it is 10, one where it is above 7.
    Prefixed = 7,
    EightBytes = 8,
}

/// The form of an instruction's operands and their stream; `None` for an instruction that the tracker has had no use
/// for so far.
pub(super) fn operands(instruction: u8) -> Option<(Form, u8)> {
    let form = match instruction {
        0x00 | 0x01 | 0x05 | END | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => Form::None,
        0x02..=0x04 | 0x0c | 0x0d | 0x10 | 0x20..=0x26 | 0x3f..=0x42 | 0xd0 | 0xd2 => Form::One,
        0x11 => Form::Two,
        0x0e => Form::Table,
        0x28..=0x3e => Form::Offset,
        0x43 => Form::FourBytes,
        0x44 => Form::EightBytes,
        ADDRESS => Form::Address,
        0xfc => Form::Prefixed,
        _ => return None,
    };
    let stream = match instruction {
        // Types of blocks; branches; loads; stores.
        0x02..=0x04 => 0x02,
        0x0c | 0x0d => 0x0c,
        0x28..=0x35 => 0x28,
        0x36..=0x3e => 0x36,
        other => other,
    };
    Some((form, stream))
}

/// The stream of an instruction's operands, where it is `stream` unless an addition or a load comes next.
pub(super) fn near(instruction: u8, stream: u8) -> u8 {
    match instruction {
        LOCAL_GET => NEAR_LOCALS,
        I32_CONST => NEAR_CONSTANTS,
        _ => stream,
    }
}

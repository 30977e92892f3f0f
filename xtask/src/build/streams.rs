//! The form in which the tracker's module travels: its instructions taken apart, what is alike beside what is alike.
//!
//! A compressor finds little in WebAssembly as it is: between two instructions that repeat lie the numbers of locals,
//! offsets and functions, which do not. Here the instructions lie in one stream, and the operands of each kind in one
//! of their own; offsets and addresses, which mostly follow on each other, as differences. Instructions have other
//! numbers than in WebAssembly: those that Brotli tells apart. `sdk/js/join.js` puts the module together again. It comes to the same module, in which some numbers are longer than they need be, and no hint
//! about alignment is given, which engines can do without.
//!
//! All numbers are LEB128. A file is the header, and then the streams in the order of their numbers:
//!
//! ```text
//! header   the module's length; how many instructions are described, and of each its number here, its number in
//!          WebAssembly, the form of its operands, their stream, and their stream where one of the instructions 1 to 15
//!          comes next; how many streams there are, and of each its number and its length
//! BEFORE   what comes before the section of code
//! BEHIND   what comes behind it
//! LOCALS   of each function the locals that it declares
//! CODE     how many functions there are, and their instructions, a byte each
//! others   operands, in the order of the instructions
//! ```

mod instructions;

use anyhow::{Context, Result, bail, ensure};

use instructions::{ADDRESS, END, Form, I32_CONST, near, numbers, operands};

/// The streams that hold no instruction's operands have the numbers of instructions without any.
const BEFORE: u8 = 0;
const BEHIND: u8 = 1;
const LOCALS: u8 = 5;
const CODE: u8 = END;

/// The section of code.
const CODE_SECTION: u8 = 10;
/// How long the magic number and the version are.
const PREAMBLE: usize = 8;
/// Where the linker puts the first object, behind the stack.
const FIRST_ADDRESS: i64 = 1 << 20;
/// What is below this fits four bytes, read with a sign or without.
const WIDE_END: i64 = 1 << 27;

/// A module in both forms.
pub(super) struct Module {
    /// As it travels.
    pub(super) apart: Vec<u8>,
    /// As it is put together again.
    pub(super) joined: Vec<u8>,
}

/// Takes a module apart.
///
/// # Errors
/// When it is no module, or has instructions that are not known here.
pub(super) fn split(wasm: &[u8]) -> Result<Module> {
    let mut splitter = Splitter {
        wasm,
        at: 0,
        joined: Vec::new(),
        streams: std::array::from_fn(|_| Vec::new()),
        last: [0; 256],
        numbers: numbers(),
        is_used: [false; 256],
    };
    splitter.module()?;
    Ok(Module {
        apart: splitter.file(),
        joined: splitter.joined,
    })
}

/// Reads a module, writes what it is put together to, and fills the streams from which that is done.
struct Splitter<'a> {
    wasm: &'a [u8],
    at: usize,
    joined: Vec<u8>,
    streams: [Vec<u8>; 256],
    /// The last value of each stream of differences.
    last: [i64; 256],
    /// The numbers of the instructions.
    numbers: [u8; 256],
    /// Which instructions there are.
    is_used: [bool; 256],
}

impl Splitter<'_> {
    fn module(&mut self) -> Result<()> {
        self.bytes(BEFORE, PREAMBLE)?;
        let mut stream = BEFORE;
        while let Some(section) = self.wasm.get(self.at).copied() {
            let start = self.at;
            self.at += 1;
            let length = self.length()?;
            if section == CODE_SECTION {
                self.code()?;
                stream = BEHIND;
            } else {
                let head = self.at - start;
                self.at = start;
                self.bytes(stream, head + length)?;
            }
        }
        ensure!(stream == BEHIND, "the module has no code");
        Ok(())
    }

    fn code(&mut self) -> Result<()> {
        self.joined.push(CODE_SECTION);
        let section = self.room();
        let n_functions = self.length()?;
        write(self.stream(CODE), n_functions);
        self.joined.extend(wide(n_functions as i64)?);
        for _ in 0..n_functions {
            self.length()?;
            let body = self.room();
            let groups = self.few(LOCALS)?;
            self.copy(LOCALS, 2 * groups)?;
            let mut depth = 1;
            while depth > 0 {
                let instruction = self.instruction()?;
                depth -= i32::from(instruction == END);
                depth += i32::from(matches!(instruction, 0x02..=0x04));
            }
            self.fill(body)?;
        }
        self.fill(section)
    }

    /// Takes an instruction with its operands, and says which it is.
    fn instruction(&mut self) -> Result<u8> {
        let instruction = *self
            .wasm
            .get(self.at)
            .context("the code ends within a function")?;
        self.at += 1;
        self.joined.push(instruction);
        if instruction == I32_CONST {
            let start = self.at;
            let value = signed(self.number()?);
            if (FIRST_ADDRESS..WIDE_END).contains(&value) {
                self.note(ADDRESS);
                self.difference(ADDRESS, value)?;
                return Ok(instruction);
            }
            self.at = start;
        }
        self.note(instruction);
        let (form, stream) = operands(instruction).with_context(|| {
            format!("how the operands of the instruction {instruction:#x} lie is not known")
        })?;
        match form {
            Form::None => {}
            Form::One => {
                let start = self.at;
                self.number()?;
                let next = self.wasm.get(self.at);
                let is_near =
                    next.is_some_and(|next| (1..16).contains(&self.numbers[usize::from(*next)]));
                self.at = start;
                self.copy(
                    if is_near {
                        near(instruction, stream)
                    } else {
                        stream
                    },
                    1,
                )?;
            }
            Form::Two => self.copy(stream, 2)?,
            Form::FourBytes => self.bytes(stream, 4)?,
            Form::EightBytes => self.bytes(stream, 8)?,
            Form::Table => {
                let more = self.few(stream)?;
                self.copy(stream, more + 1)?;
            }
            Form::Prefixed => {
                let behind = match self.few(stream)? {
                    0..=7 => 0,
                    10 => 2,
                    9 | 11 | 13 | 15..=17 => 1,
                    other => bail!(
                        "how the operands of the instruction {instruction:#x} {other} lie is not known"
                    ),
                };
                self.copy(stream, behind)?;
            }
            Form::Offset => {
                self.number()?;
                self.joined.push(0);
                let offset = unsigned(self.number()?);
                self.difference(stream, offset as i64)?;
            }
            Form::Address => bail!("the instruction {ADDRESS:#x} has come to mean something"),
        }
        Ok(instruction)
    }

    /// Says which instruction comes next.
    fn note(&mut self, instruction: u8) {
        self.is_used[usize::from(instruction)] = true;
        let number = self.numbers[usize::from(instruction)];
        self.stream(CODE).push(number);
    }

    /// The header and the streams.
    fn file(&self) -> Vec<u8> {
        let mut file = Vec::new();
        write(&mut file, self.joined.len());
        let used: Vec<_> = (0..=u8::MAX)
            .filter(|instruction| self.is_used[usize::from(*instruction)])
            .filter_map(|instruction| Some((instruction, operands(instruction)?)))
            .collect();
        write(&mut file, used.len());
        for (instruction, (form, stream)) in used {
            let number = self.numbers[usize::from(instruction)];
            let meant = if instruction == ADDRESS {
                I32_CONST
            } else {
                instruction
            };
            for field in [number, meant, form as u8, stream, near(instruction, stream)] {
                write(&mut file, field.into());
            }
        }
        let streams = self.streams.iter().enumerate();
        let filled: Vec<_> = streams.filter(|(_, stream)| !stream.is_empty()).collect();
        write(&mut file, filled.len());
        for (number, stream) in &filled {
            write(&mut file, *number);
            write(&mut file, stream.len());
        }
        for (_, stream) in filled {
            file.extend(stream);
        }
        file
    }

    /// Takes numbers as they are.
    fn copy(&mut self, stream: u8, count: usize) -> Result<()> {
        for _ in 0..count {
            let start = self.at;
            self.number()?;
            let length = self.at - start;
            self.at = start;
            self.bytes(stream, length)?;
        }
        Ok(())
    }

    /// Takes a number that says how many more come, or which.
    fn few(&mut self, stream: u8) -> Result<usize> {
        let start = self.at;
        let number = self.length()?;
        ensure!(number < 128, "{number} is more than a byte holds");
        self.at = start;
        self.bytes(stream, 1)?;
        Ok(number)
    }

    /// Takes bytes as they are.
    fn bytes(&mut self, stream: u8, count: usize) -> Result<()> {
        let bytes = self
            .wasm
            .get(self.at..self.at + count)
            .context("the module ends too early")?;
        self.at += count;
        self.joined.extend(bytes);
        self.stream(stream).extend(bytes);
        Ok(())
    }

    /// Says how much a value differs from the last one of its stream: twice that, or for less than nothing one less
    /// than twice what is missing.
    fn difference(&mut self, stream: u8, value: i64) -> Result<()> {
        self.joined.extend(wide(value)?);
        let last = std::mem::replace(&mut self.last[usize::from(stream)], value);
        let difference = value - last;
        let folded = (difference << 1) ^ (difference >> 63);
        self.stream(stream).extend(leb(folded as u64));
        Ok(())
    }

    /// Reads a number.
    fn number(&mut self) -> Result<&[u8]> {
        let rest = self.wasm.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| *byte < 0x80)
            .context("a number does not end")?
            + 1;
        self.at += length;
        Ok(&rest[..length])
    }

    fn length(&mut self) -> Result<usize> {
        Ok(usize::try_from(unsigned(self.number()?))?)
    }

    fn stream(&mut self, number: u8) -> &mut Vec<u8> {
        &mut self.streams[usize::from(number)]
    }

    /// Makes room for the length of what follows, and says where.
    fn room(&mut self) -> usize {
        self.joined.extend([0; 4]);
        self.joined.len()
    }

    /// Fills in the length of what follows from `start` on.
    fn fill(&mut self, start: usize) -> Result<()> {
        let length = wide((self.joined.len() - start) as i64)?;
        self.joined[start - 4..start].copy_from_slice(&length);
        Ok(())
    }
}

fn unsigned(leb: &[u8]) -> u64 {
    leb.iter()
        .rev()
        .fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
}

fn signed(leb: &[u8]) -> i64 {
    let unused = 64 - 7 * leb.len().min(9) as u32;
    (unsigned(leb) << unused) as i64 >> unused
}

fn leb(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn write(out: &mut Vec<u8>, number: usize) {
    out.extend(leb(number as u64));
}

/// A number in four bytes, which reads the same with a sign and without.
fn wide(number: i64) -> Result<[u8; 4]> {
    ensure!(
        (0..WIDE_END).contains(&number),
        "{number} is too large for the tracker's module"
    );
    Ok([0, 7, 14, 21]
        .map(|shift| (number >> shift) as u8 & 0x7f | if shift < 21 { 0x80 } else { 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function between two other sections.
    #[rustfmt::skip]
    const MODULE: &[u8] = &[
        0, b'a', b's', b'm', 1, 0, 0, 0,
        1, 1, 0, // no types
        CODE_SECTION, 30, 1, 28, 1, 2, 0x7f, // one function with two locals
        0x02, 0x40, // block
        I32_CONST, 0x88, 0x80, 0xc0, 0x00, // an address
        0x28, 2, 0xac, 0x02, // i32.load, aligned, at 300
        0x21, 1, // local.set 1
        I32_CONST, 0x7f, // −1
        0x0e, 1, 0, 0, // br_table
        END, 0xfc, 10, 0, 0, // memory.copy
        END, 11, 1, 0, // no data
    ];

    /// The same as it is joined.
    #[rustfmt::skip]
    const JOINED: &[u8] = &[
        0, b'a', b's', b'm', 1, 0, 0, 0,
        1, 1, 0,
        CODE_SECTION, 0xa6, 0x80, 0x80, 0, 0x81, 0x80, 0x80, 0, 0x9e, 0x80, 0x80, 0, 1, 2, 0x7f,
        0x02, 0x40,
        I32_CONST, 0x88, 0x80, 0xc0, 0x00,
        0x28, 0, 0xac, 0x82, 0x80, 0,
        0x21, 1,
        I32_CONST, 0x7f,
        0x0e, 1, 0, 0,
        END, 0xfc, 10, 0, 0,
        END, 11, 1, 0,
    ];

    fn stream(module: &Module, wanted: u8) -> Vec<u8> {
        let mut rest = module.apart.as_slice();
        let mut number = || {
            let length = rest.iter().position(|byte| *byte < 128).expect("an end") + 1;
            let (leb, behind) = rest.split_at(length);
            rest = behind;
            unsigned(leb) as usize
        };
        assert_eq!(number(), module.joined.len());
        for _ in 0..number() {
            let _ = (number(), number(), number(), number(), number());
        }
        let lengths: Vec<_> = (0..number()).map(|_| (number(), number())).collect();
        let mut at = 0;
        for (kind, length) in lengths {
            if kind == usize::from(wanted) {
                return rest[at..at + length].to_vec();
            }
            at += length;
        }
        Vec::new()
    }

    #[test]
    fn instructions_and_operands_are_apart() {
        let module = split(MODULE).expect("a module");
        let numbers = numbers();
        let instructions = [2, ADDRESS, 0x28, 0x21, I32_CONST, 0x0e, END, 0xfc, END];
        let instructions = instructions.map(|instruction| numbers[usize::from(instruction)]);
        let code = [&[1], &instructions[..]].concat();
        for (kind, expected) in [
            (BEFORE, &MODULE[..11]),
            (BEHIND, &[11, 1, 0]),
            (LOCALS, &[1, 2, 0x7f]),
            (CODE, &code),
            (ADDRESS, &[0x90, 0x80, 0x80, 0x01]),
            (0x28, &[0xd8, 0x04]),
            (0x21, &[1]),
            (I32_CONST, &[0x7f]),
            (0x0e, &[1, 0, 0]),
            (0xfc, &[10, 0, 0]),
        ] {
            assert_eq!(stream(&module, kind), expected, "{kind:#x}");
        }
    }

    #[test]
    fn it_is_joined_with_wider_numbers_and_no_alignment() {
        let joined = split(MODULE).expect("a module").joined;
        assert_eq!(joined, JOINED);
        // What is joined can be taken apart again, and comes to the same.
        let again = split(&joined).expect("a module");
        assert_eq!(again.joined, JOINED);
        assert_eq!(again.apart, split(MODULE).expect("a module").apart);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for end in [0, 4, 11, 14, 20, 40] {
            assert!(split(&MODULE[..end]).is_err(), "{end}");
        }
        let mut unknown = MODULE.to_vec();
        unknown[18] = 0xfd;
        assert!(split(&unknown).is_err());
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for number in [0, 1, 127, 128, 300, 1 << 20, u64::MAX] {
            assert_eq!(unsigned(&leb(number)), number);
        }
        for (bytes, expected) in [
            (&[0x7f][..], -1),
            (&[0x3f], 63),
            (&[0x40], -64),
            (&[0x80, 0x01], 128),
        ] {
            assert_eq!(signed(bytes), expected);
        }
        for number in [0, 63, 64, 1 << 20, WIDE_END - 1] {
            let wide = wide(number).expect("small enough");
            assert_eq!((unsigned(&wide) as i64, signed(&wide)), (number, number));
        }
        assert!(wide(WIDE_END).is_err());
    }
}

//! JSON that is not in lines: a list of objects, or objects that go over several lines.

use memchr::memchr3;

use super::sniff::BYTE_ORDER_MARK;

/// Makes a line of each object, which a reader of lines then reads. Only the marks of JSON are looked at; what is wrong
/// inside of an object, its reader finds.
///
/// Blanks outside of texts become one space. A line break within a text, which JSON does not allow, shows that a quote is
/// missing or too much, and nobody knows what is open: the object ends there, and the next one is the next that begins a
/// line. So a stray quote costs the object that it is in, where objects have lines of their own.
#[derive(Default)]
pub(super) struct Unfold {
    /// Whether the list that holds the objects is open.
    in_list: bool,
    /// Objects and lists that are open, of an object that has begun.
    depth: usize,
    has_begun: bool,
    in_text: bool,
    is_escaped: bool,
    is_after_blank: bool,
    /// Whether an object has ended within a text.
    is_lost: bool,
    /// While lost: whether nothing but blanks has come of the line.
    begins_line: bool,
    n_objects: u64,
}

impl Unfold {
    /// Appends the lines that `bytes` go on with.
    pub(super) fn push(&mut self, mut bytes: &[u8], lines: &mut Vec<u8>) {
        while let [byte, rest @ ..] = bytes {
            if self.in_text && !self.is_escaped {
                let end = memchr3(b'"', b'\\', b'\n', bytes).unwrap_or(bytes.len());
                lines.extend(&bytes[..end]);
                bytes = &bytes[end..];
                if let [byte, rest @ ..] = bytes {
                    self.end_text(*byte, lines);
                    bytes = rest;
                }
                continue;
            }
            bytes = rest;
            match byte {
                b'\n' if self.in_text => self.end_text(b'\n', lines),
                _ if self.in_text => {
                    self.is_escaped = false;
                    lines.push(*byte);
                }
                b'{' if self.is_lost && self.begins_line => {
                    self.is_lost = false;
                    self.take(b'{', lines);
                }
                _ if self.is_lost => {
                    self.in_list &= !(self.begins_line && *byte == b']');
                    self.begins_line =
                        *byte == b'\n' || self.begins_line && byte.is_ascii_whitespace();
                }
                b',' | b']' if self.depth == 0 => {
                    self.end(lines);
                    self.in_list &= *byte == b',';
                }
                b'[' if self.depth == 0 && !self.in_list => {
                    self.end(lines);
                    self.in_list = true;
                }
                b' ' | b'\t' | b'\r' | b'\n' => {
                    if self.depth == 0 {
                        self.end(lines);
                    } else if !self.is_after_blank {
                        lines.push(b' ');
                    }
                    self.is_after_blank = true;
                }
                _ => self.take(*byte, lines),
            }
        }
    }

    /// Takes what ends a text, or the part of it before an escape.
    fn end_text(&mut self, byte: u8, lines: &mut Vec<u8>) {
        self.is_escaped = byte == b'\\';
        self.in_text = self.is_escaped;
        if byte != b'\n' {
            lines.push(byte);
            return;
        }
        // A tab is not allowed there either, so that no reader takes what came so far for whole.
        lines.push(b'\t');
        self.end(lines);
        self.depth = 0;
        (self.is_lost, self.begins_line) = (true, true);
    }

    /// Takes a byte of an object.
    fn take(&mut self, byte: u8, lines: &mut Vec<u8>) {
        self.is_after_blank = false;
        self.has_begun = true;
        lines.push(byte);
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.end(lines);
                }
            }
            _ => {}
        }
    }

    /// The number of the object that ought to have followed, where the list has no end. What is cut within an object, its
    /// reader tells.
    pub(super) fn missing(&self) -> Option<u64> {
        (self.in_list && !self.has_begun).then_some(self.n_objects + 1)
    }

    /// Ends the object that has begun, if one has.
    fn end(&mut self, lines: &mut Vec<u8>) {
        if self.has_begun {
            lines.push(b'\n');
            self.n_objects += 1;
            self.has_begun = false;
        }
    }
}

/// The first object of a file that begins with `head`, in one line; what has come of it where it is cut.
pub(super) fn first_object(head: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    Unfold::default().push(head, &mut lines);
    let end = lines.iter().position(|&byte| byte == b'\n');
    lines.truncate(end.unwrap_or(lines.len()));
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn unfold(chunks: &[&[u8]]) -> String {
        let mut unfold = Unfold::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            unfold.push(chunk, &mut lines);
        }
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn objects_become_lines() {
        for (file, expected) in [
            ("[{\"a\":1},{\"b\":2}]", "{\"a\":1}\n{\"b\":2}\n"),
            (
                "[\r\n  {\r\n    \"a\": [1, {\"b\":  2}]\r\n  }\r\n]\r\n",
                "{ \"a\": [1, {\"b\": 2}] }\n",
            ),
            ("{\n\"a\": 1\n}\n{\n}", "{ \"a\": 1 }\n{ }\n"),
            ("[{}][{}]\n[]{}", "{}\n{}\n{}\n"),
            ("[1,null, \"x\" ,[2]]", "1\nnull\n\"x\"\n[2]\n"),
            (
                r#"[{"a":"}],\"{"},{"a":"\\"}]"#,
                "{\"a\":\"}],\\\"{\"}\n{\"a\":\"\\\\\"}\n",
            ),
            ("[{\"a\":\"x\n\"b\":1},\n{}]", "{\"a\":\"x\t\n{}\n"),
            (
                "[{\"a\":\"x\"y\"},\n {\"b\": 1},\n{\"c\\\n\": 1},{\n}\n]",
                "{\"a\":\"x\"y\"},\t\n{\"b\": 1}\n{\"c\\\t\n",
            ),
            ("[{\"a\":1", "{\"a\":1"),
            ("}]{}", "}\n{}\n"),
            ("[]", ""),
        ] {
            assert_eq!(unfold(&[file.as_bytes()]), expected, "{file}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[\\[\\]{},:\"\\\\\n a-z]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[\\[{\"\n a-z]{0,3}", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        /// However a list is written and cut into chunks, each of its values is a line.
        #[test]
        fn a_line_is_a_value(
            values in prop::collection::vec(any_json(), 0..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let list = Value::from(values.clone());
            let texts = [
                list.to_string(),
                serde_json::to_string_pretty(&list).unwrap(),
                values.iter().map(|value| format!("{value:#}\n")).collect(),
            ];
            // Without its list, a value that is a list is one itself.
            let n_texts = if values.iter().any(Value::is_array) { 2 } else { 3 };
            for text in &texts[..n_texts] {
                let (left, right) = text.as_bytes().split_at(cut.index(text.len() + 1));
                let lines = unfold(&[left, right]);
                prop_assert_eq!(&lines, &unfold(&[text.as_bytes()]));
                let found: Vec<Value> =
                    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                prop_assert_eq!(&found, &values);
            }
        }
    }
}

//! JSON, as much as this plugin needs: the host sends well-formed text of bounded depth.

#[derive(Clone)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// `{ key: value, … }`
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(
        members
            .into_iter()
            .map(|(key, value)| (key.to_string(), value))
            .collect(),
    )
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_string())
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Value {
        Value::Number(count as f64)
    }
}

impl Value {
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(members) => members
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_list(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(value) => out.push_str(&value.to_string()),
            Value::Text(text) => write_text(text, out),
            Value::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Where the text is not JSON, in bytes.
pub fn parse(text: &str) -> Result<Value, usize> {
    let mut parser = Parser {
        text: text.as_bytes(),
        at: 0,
    };
    let value = parser.value()?;
    parser.space();
    if parser.at == text.len() {
        Ok(value)
    } else {
        Err(parser.at)
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn expect(&mut self, word: &str) -> Result<(), usize> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return Err(self.at);
        }
        self.at += word.len();
        Ok(())
    }

    fn value(&mut self) -> Result<Value, usize> {
        self.space();
        match self.peek() {
            b'{' => self.object(),
            b'[' => self.list(),
            b'"' => self.text().map(Value::Text),
            b't' => self.expect("true").map(|()| Value::Bool(true)),
            b'f' => self.expect("false").map(|()| Value::Bool(false)),
            b'n' => self.expect("null").map(|()| Value::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self) -> Result<Value, usize> {
        let mut members = Vec::new();
        self.expect("{")?;
        self.space();
        while self.peek() != b'}' {
            self.space();
            let key = self.text()?;
            self.space();
            self.expect(":")?;
            members.push((key, self.value()?));
            self.space();
            if self.peek() != b'}' {
                self.expect(",")?;
            }
        }
        self.at += 1;
        Ok(Value::Object(members))
    }

    fn list(&mut self) -> Result<Value, usize> {
        let mut items = Vec::new();
        self.expect("[")?;
        self.space();
        while self.peek() != b']' {
            items.push(self.value()?);
            self.space();
            if self.peek() != b']' {
                self.expect(",")?;
            }
        }
        self.at += 1;
        Ok(Value::List(items))
    }

    fn number(&mut self) -> Result<Value, usize> {
        let start = self.at;
        while matches!(self.peek(), b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.text[start..self.at]).unwrap_or("");
        digits.parse().map(Value::Number).map_err(|_| start)
    }

    fn text(&mut self) -> Result<String, usize> {
        self.expect("\"")?;
        let mut bytes = Vec::new();
        loop {
            let byte = *self.text.get(self.at).ok_or(self.at)?;
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => self.escape(&mut bytes)?,
                byte => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).map_err(|_| self.at)
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), usize> {
        let byte = self.peek();
        self.at += 1;
        let plain = match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
                let mut buffer = [0; 4];
                bytes.extend_from_slice(self.unicode()?.encode_utf8(&mut buffer).as_bytes());
                return Ok(());
            }
            other => other,
        };
        bytes.push(plain);
        Ok(())
    }

    /// Half a surrogate pair, which JSON allows and UTF-8 does not, becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, usize> {
        let high = self.hex()?;
        if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            self.at = back;
        }
        Ok(char::from_u32(high).unwrap_or('\u{fffd}'))
    }

    fn hex(&mut self) -> Result<u32, usize> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(self.at)?;
        self.at += 4;
        let digits = std::str::from_utf8(digits).map_err(|_| self.at)?;
        u32::from_str_radix(digits, 16).map_err(|_| self.at)
    }
}

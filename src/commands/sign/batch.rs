//! One JSON object a line in, what every dialect prints for it a line out. Nothing is kept between lines.

use super::{
    LONGEST,
    input::{Credentials, Kind, Signing, parse},
    printed::Printed,
};
use crate::{commands::Exit, wire::Signatures};
use anyhow::Context;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

/// Bytes that are read and written at once.
const BUFFER: usize = 1 << 16;

/// Signs every line of `input`. A malformed one becomes an error on its line, and the exit code at the end.
pub(super) fn batch(kind: Kind, input: Box<dyn Read>, credentials: Credentials<'_>) -> anyhow::Result<Exit> {
    let input = BufReader::with_capacity(BUFFER, input);
    let output = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    match sign_lines(kind, input, output, credentials) {
        Ok(true) => Ok(Exit::Conforming),
        Ok(false) => Ok(Exit::Misconfigured),
        // Whoever closed the output has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Conforming),
        Err(error) => Err(error).context("sign a batch"),
    }
}

/// Whether every line was signed.
fn sign_lines(
    kind: Kind,
    mut input: BufReader<impl Read>,
    mut output: impl Write,
    credentials: Credentials<'_>,
) -> io::Result<bool> {
    let mut all = true;
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if (&mut input).take(LONGEST as u64 + 1).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let result = if line.len() > LONGEST && line.last() != Some(&b'\n') {
            skip_line(&mut input)?;
            Err(format!("read it: it has more than {LONGEST} bytes"))
        } else {
            sign_line(kind, &line, credentials, &mut output)?
        };
        if let Err(reason) = result {
            all = false;
            let error = serde_json::json!({"error": format!("line {number}: failed to {reason}")});
            serde_json::to_writer(&mut output, &error)?;
        }
        output.write_all(b"\n")?;
        // Whoever writes a line and waits for its answer gets it: nothing is held back while there is nothing to read.
        if input.buffer().is_empty() {
            output.flush()?;
        }
    }
    output.flush()?;
    Ok(all)
}

fn sign_line(
    kind: Kind,
    line: &[u8],
    credentials: Credentials<'_>,
    output: &mut impl Write,
) -> io::Result<Result<(), String>> {
    let signed = parse(line).and_then(|object| {
        let signing = Signing::read(kind, &object, credentials)?;
        Ok(Signatures::of(&signing.secret, &signing.fields))
    });
    match signed {
        Ok(signatures) => serde_json::to_writer(output, &Printed::of(&signatures)).map_err(io::Error::from).map(Ok),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// Reads on to the end of the line without keeping it.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails where a batch would read on before it has answered.
    struct Conversation {
        questions: Vec<&'static str>,
        answered: std::rc::Rc<std::cell::Cell<usize>>,
        asked: usize,
    }

    impl Read for Conversation {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            assert_eq!(self.answered.get(), self.asked, "reads on before it has answered");
            let Some(question) = self.questions.get(self.asked) else { return Ok(0) };
            self.asked += 1;
            buffer[..question.len()].copy_from_slice(question.as_bytes());
            Ok(question.len())
        }
    }

    struct Answers(std::rc::Rc<std::cell::Cell<usize>>);

    impl Write for Answers {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.set(self.0.get() + bytes.iter().filter(|byte| **byte == b'\n').count());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_answered_before_the_next_is_waited_for() {
        let answered = std::rc::Rc::default();
        let question = "{\"secret\":\"s\",\"fields\":{\"merchant_order_ref\":\"A\",\"status\":\"Success\"}}\n";
        let questions = vec![question, "nonsense\n", question];
        let input = Conversation { questions, answered: std::rc::Rc::clone(&answered), asked: 0 };
        let output = BufWriter::new(Answers(std::rc::Rc::clone(&answered)));
        let credentials = Credentials { key: None, secret: None };
        assert!(!sign_lines(Kind::StatusUpdate, BufReader::new(input), output, credentials).unwrap());
        assert_eq!(answered.get(), 3);
    }

    #[test]
    fn a_line_too_long_is_skipped_and_not_kept() {
        let long = format!("{}\n{{\n", "x".repeat(3 * LONGEST));
        let mut output = Vec::new();
        let credentials = Credentials { key: None, secret: None };
        let input = BufReader::new(long.as_bytes());
        assert!(!sign_lines(Kind::Request, input, &mut output, credentials).unwrap());
        let output = String::from_utf8(output).unwrap();
        let lines: Vec<&str> = output.lines().collect();
        assert_eq!(lines[0], "{\"error\":\"line 1: failed to read it: it has more than 1048576 bytes\"}");
        assert!(lines[1].starts_with("{\"error\":\"line 2: failed to read the JSON: "), "{}", lines[1]);
        assert_eq!(lines.len(), 2);
    }
}

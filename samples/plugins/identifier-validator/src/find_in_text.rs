//! Finds identifiers in prose. What is not valid is left out there: most numbers are nothing.

use crate::identifiers::{judge, Kind};

pub struct Found {
    pub kind: &'static Kind,
    pub value: String,
    /// Offsets in UTF-16 code units, as citations have them; `end` is exclusive.
    pub start: usize,
    pub end: usize,
    pub text: String,
}

/// A group of letters and digits; DOIs also hold marks.
struct Word {
    start: usize,
    end: usize,
}

/// An IBAN may be written in groups of four: nine of them at most.
const MOST_WORDS: usize = 9;

pub fn find_in_text(text: &str) -> Vec<Found> {
    let words = words_of(text);
    let units = Units::new(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        at += match longest_at(text, &words[at..], &units) {
            Some((count, hit)) => {
                found.push(hit);
                count
            }
            None => 1,
        };
    }
    found
}

/// The longest valid identifier that begins with the first word, and how many words it takes.
fn longest_at(text: &str, words: &[Word], units: &Units) -> Option<(usize, Found)> {
    let mut most = 1;
    while most < words.len().min(MOST_WORDS)
        && joined(&text[words[most - 1].end..words[most].start])
    {
        most += 1;
    }
    (1..=most).rev().find_map(|count| {
        let (start, end) = (words[0].start, words[count - 1].end);
        let candidate = &text[start..end];
        let verdict = judge(candidate)
            .into_iter()
            .find(|one| one.problem.is_none() && one.kind.in_text)?;
        let hit = Found {
            kind: verdict.kind,
            value: verdict.value,
            start: units.at(start),
            end: units.at(end),
            text: candidate.to_string(),
        };
        Some((count, hit))
    })
}

/// Groups of one identifier stand apart by one space or dash.
fn joined(between: &str) -> bool {
    matches!(between, " " | "-" | "\u{a0}")
}

fn words_of(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    let is_doi = |from: usize| text[from..].starts_with("10.");
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = match start {
            Some(from) if is_doi(from) => {
                !c.is_whitespace() && !matches!(c, '"' | '<' | '>' | '\'')
            }
            _ => c.is_ascii_alphanumeric(),
        };
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                // A full stop or bracket behind a DOI belongs to the sentence.
                let end = from
                    + text[from..at]
                        .trim_end_matches(['.', ',', ';', ')', ']', ':'])
                        .len();
                words.push(Word { start: from, end });
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// From offsets in bytes to offsets in UTF-16.
struct Units(Vec<(usize, usize)>);

impl Units {
    /// Notes only the characters whose sizes differ in the two.
    fn new(text: &str) -> Units {
        let mut difference = 0;
        let mut steps = vec![(0, 0)];
        for (at, c) in text.char_indices() {
            if c.len_utf8() != c.len_utf16() {
                difference += c.len_utf8() - c.len_utf16();
                steps.push((at + c.len_utf8(), difference));
            }
        }
        Units(steps)
    }

    fn at(&self, byte: usize) -> usize {
        let step = self.0.partition_point(|(from, _)| *from <= byte) - 1;
        byte - self.0[step].1
    }
}

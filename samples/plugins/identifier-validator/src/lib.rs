//! Validates identifiers by their check digits: bank accounts, legal entities, securities, cards, vehicles, people,
//! vessels, publications. What is valid is looked up in the graph and proposed.

mod check_digits;
mod find_in_text;
mod host;
mod identifiers;
mod json;

use find_in_text::find_in_text;
use identifiers::{judge, Kind};
use json::{object, Value};

const MOST_VALUES: usize = 1000;
const MOST_LOOKUPS: usize = 100;

/// A valid identifier, once, with every place it was found in.
struct Valid {
    kind: &'static Kind,
    value: String,
    citations: Vec<Value>,
}

pub fn validate(input: &Value) -> Value {
    let mut verdicts = Vec::new();
    let mut valid: Vec<Valid> = Vec::new();
    let values = input.get("values").map(Value::as_list).unwrap_or(&[]);
    for text in values.iter().filter_map(Value::as_str).take(MOST_VALUES) {
        let judged = judge(text);
        if judged.is_empty() {
            verdicts.push(object([
                ("text", text.into()),
                ("kind", Value::Null),
                ("valid", Value::Bool(false)),
            ]));
        }
        for one in judged {
            verdicts.push(object([
                ("text", text.into()),
                ("kind", one.kind.name.into()),
                ("value", one.value.as_str().into()),
                ("valid", Value::Bool(one.problem.is_none())),
                ("problem", one.problem.map_or(Value::Null, Value::from)),
            ]));
            if one.problem.is_none() {
                note(&mut valid, one.kind, one.value, None);
            }
        }
    }
    if let Some(text) = input.get("text").and_then(Value::as_str) {
        for hit in find_in_text(text) {
            note(&mut valid, hit.kind, hit.value, None);
        }
    }
    if let Some(case) = input.get("case").and_then(Value::as_str) {
        read_notes(case, &mut valid);
    }
    let complete = values.len() <= MOST_VALUES && valid.len() <= MOST_LOOKUPS;
    let (found, searched) = look_up(&valid);
    host::log(&format!(
        "{} identifiers are valid, {} of them were looked up",
        valid.len(),
        searched
    ));
    object([
        ("ok", Value::Bool(true)),
        ("complete", Value::Bool(complete)),
        ("verdicts", Value::List(verdicts)),
        ("valid", Value::List(found)),
        ("entities", Value::List(valid.iter().map(entity).collect())),
        ("relations", Value::List(Vec::new())),
    ])
}

fn note(valid: &mut Vec<Valid>, kind: &'static Kind, value: String, citation: Option<Value>) {
    let known = valid
        .iter()
        .position(|one| one.kind.name == kind.name && one.value == value);
    let at = known.unwrap_or_else(|| {
        valid.push(Valid {
            kind,
            value,
            citations: Vec::new(),
        });
        valid.len() - 1
    });
    valid[at].citations.extend(citation);
}

/// The run makes no sense without the case it names: a refusal ends it.
fn read_notes(case: &str, valid: &mut Vec<Valid>) {
    let Ok(read) = host::call("cases.read", &object([("id", case.into())])) else {
        host::fail_with_refusal()
    };
    for one in read.get("notes").map(Value::as_list).unwrap_or(&[]) {
        let (Some(id), Some(text)) = (
            one.get("id").and_then(Value::as_str),
            one.get("text").and_then(Value::as_str),
        ) else {
            continue;
        };
        for hit in find_in_text(text) {
            let citation = object([
                ("source", "case-note".into()),
                ("case", case.into()),
                ("note", id.into()),
                ("start", hit.start.into()),
                ("end", hit.end.into()),
                ("text", hit.text.as_str().into()),
            ]);
            note(valid, hit.kind, hit.value, Some(citation));
        }
    }
}

/// Which are in the graph already. Without the capability the verdicts stand, and each says that it was not looked up.
fn look_up(valid: &[Valid]) -> (Vec<Value>, usize) {
    let mut may = true;
    let mut searched = 0;
    let rows = valid.iter().enumerate().map(|(at, one)| {
        let mut in_graph = Value::Null;
        let mut looked = false;
        if may && at < MOST_LOOKUPS {
            match host::call(
                "graph.search",
                &object([("q", one.value.as_str().into()), ("limit", 5usize.into())]),
            ) {
                Ok(hits) => {
                    looked = true;
                    searched += 1;
                    in_graph = hits
                        .as_list()
                        .first()
                        .and_then(|hit| hit.get("id"))
                        .and_then(Value::as_str)
                        .map_or(Value::Null, Value::from);
                }
                Err(refusal) => {
                    host::log(&format!("went on without the graph: {}", refusal.code));
                    may = false;
                }
            }
        }
        object([
            ("kind", one.kind.name.into()),
            ("value", one.value.as_str().into()),
            ("lookedUp", Value::Bool(looked)),
            ("inGraph", in_graph),
        ])
    });
    let rows = rows.collect();
    (rows, searched)
}

fn entity(one: &Valid) -> Value {
    object([
        (
            "key",
            Value::Text(format!("{}:{}", one.kind.name, one.value)),
        ),
        ("type", one.kind.entity.into()),
        ("name", one.value.as_str().into()),
        ("properties", object([("identifier", one.kind.name.into())])),
        ("citations", Value::List(one.citations.clone())),
    ])
}

#[cfg(test)]
mod tests;

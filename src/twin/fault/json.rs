//! Changes of a JSON body.

use crate::catalog::{Change, Letters};
use serde_json::{Map, Number, Value};

/// Does to a body what concerns its members; other changes are not for bodies.
pub(super) fn change(body: &mut Value, change: &Change) {
    match change {
        Change::Remove(at) => parents(body, at, &mut |parent, name| {
            parent.shift_remove(name);
        }),
        Change::Rename { at, to } => parents(body, at, &mut |parent, name| {
            if let Some(value) = parent.shift_remove(name) {
                parent.insert(to.clone(), value);
            }
        }),
        Change::Set { at, to } => put(body, at, to, |_| true),
        Change::Default { at, to } => put(body, at, to, |there| there.is_none_or(Value::is_null)),
        Change::Text(at) => members(body, at, &mut |value| {
            if !value.is_string() {
                *value = Value::String(value.to_string());
            }
        }),
        Change::Scale { at, by } => members(body, at, &mut |value| number(value, |n| n * by)),
        Change::Round { at, to } => members(body, at, &mut |value| number(value, |n| (n / to).round() * to)),
        Change::Case { at, to } => members(body, at, &mut |value| {
            if let Value::String(text) = value {
                *text = match to {
                    Letters::Upper => text.to_uppercase(),
                    Letters::Lower => text.to_lowercase(),
                };
            }
        }),
        Change::Append { at, text } => members(body, at, &mut |value| {
            if let Value::String(old) = value {
                old.push_str(text);
            }
        }),
        _ => {}
    }
}

/// Sets a member, or every member where the body has lists, where `replaces` says so of what is there.
fn put(body: &mut Value, at: &str, to: &Value, replaces: impl Fn(Option<&Value>) -> bool) {
    parents(body, at, &mut |parent, name| {
        if replaces(parent.get(name)) {
            parent.insert(name.to_owned(), to.clone());
        }
    });
    // An entry of a list has no parent with names.
    if at.rsplit('/').next().is_some_and(|last| last == "*" || last.parse::<usize>().is_ok()) {
        members(body, at, &mut |value| {
            if replaces(Some(value)) {
                value.clone_from(to);
            }
        });
    }
}

fn number(value: &mut Value, change: impl Fn(f64) -> f64) {
    match value {
        Value::Number(old) => {
            if let Some(new) = old.as_f64().map(&change).and_then(exact) {
                *old = new;
            }
        }
        Value::String(old) => {
            if let Some(new) = old.parse().ok().map(&change).and_then(exact) {
                *old = new.to_string();
            }
        }
        _ => {}
    }
}

/// Whole numbers stay whole.
fn exact(number: f64) -> Option<Number> {
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
    if number.fract() == 0.0 && number.abs() < 9e15 {
        Some(Number::from(number as i64))
    } else {
        Number::from_f64(number)
    }
}

/// Visits what a pointer names, `*` being every entry of a list.
fn members(value: &mut Value, pointer: &str, visit: &mut impl FnMut(&mut Value)) {
    let Some(rest) = pointer.strip_prefix('/') else {
        visit(value);
        return;
    };
    let (head, tail) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    match value {
        Value::Array(entries) if head == "*" => entries.iter_mut().for_each(|entry| members(entry, tail, visit)),
        Value::Array(entries) => {
            if let Some(entry) = head.parse::<usize>().ok().and_then(|at| entries.get_mut(at)) {
                members(entry, tail, visit);
            }
        }
        Value::Object(object) => {
            if let Some(member) = object.get_mut(head) {
                members(member, tail, visit);
            }
        }
        _ => {}
    }
}

/// Visits the objects that hold what a pointer names, whether they hold it or not.
fn parents(value: &mut Value, pointer: &str, visit: &mut impl FnMut(&mut Map<String, Value>, &str)) {
    let Some((above, name)) = pointer.rsplit_once('/') else { return };
    members(value, above, &mut |parent| {
        if let Value::Object(object) = parent {
            visit(object, name);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn changed(body: Value, what: Value) -> Value {
        let mut body = body;
        change(&mut body, &serde_json::from_value(what).unwrap());
        body
    }

    #[test]
    fn members_are_changed_wherever_the_pointer_leads() {
        let body = json!({ "a": { "b": 1500 }, "list": [{ "x": "Y" }, { "x": "Z" }] });
        assert_eq!(changed(body.clone(), json!({ "remove": "/a/b" }))["a"], json!({}));
        assert_eq!(changed(body.clone(), json!({ "rename": { "at": "/a/b", "to": "c" } }))["a"], json!({ "c": 1500 }));
        assert_eq!(changed(body.clone(), json!({ "text": "/a/b" }))["a"]["b"], "1500");
        assert_eq!(changed(body.clone(), json!({ "scale": { "at": "/a/b", "by": 0.01 } }))["a"]["b"], json!(15));
        assert_eq!(changed(body.clone(), json!({ "round": { "at": "/a/b", "to": 1000.0 } }))["a"]["b"], json!(2000));
        assert_eq!(changed(body.clone(), json!({ "case": { "at": "/list/*/x", "to": "lower" } }))["list"][1]["x"], "z");
        assert_eq!(
            changed(body.clone(), json!({ "set": { "at": "/list/*/n", "to": null } }))["list"][0]["n"],
            json!(null)
        );
        assert_eq!(changed(body.clone(), json!({ "default": { "at": "/a/b", "to": 1 } })), body);
        assert_eq!(changed(body.clone(), json!({ "set": { "at": "/nowhere/b", "to": 1 } })), body);
        assert_eq!(
            changed(json!({ "a": "12.5" }), json!({ "scale": { "at": "/a", "by": 2.0 } })),
            json!({ "a": "25" })
        );
    }
}

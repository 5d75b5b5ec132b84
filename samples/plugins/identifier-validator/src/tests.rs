//! `cargo test`, on the machine that builds. The numbers are those that the makers of each kind print as examples.

use crate::find_in_text::find_in_text;
use crate::identifiers::judge;

fn verdict(text: &str) -> Vec<(String, bool)> {
    judge(text)
        .into_iter()
        .map(|one| (one.kind.name.to_string(), one.problem.is_none()))
        .collect()
}

#[test]
fn the_examples_of_each_kind_are_valid() {
    for (text, kind) in [
        ("GB82 WEST 1234 5698 7654 32", "iban"),
        ("de89370400440532013000", "iban"),
        ("NO93 8601 1117 947", "iban"),
        ("5493001KJTIIGC8Y1R12", "lei"),
        ("US0378331005", "isin"),
        ("AU0000XVGZA3", "isin"),
        ("DEUTDEFF500", "bic"),
        ("4111 1111 1111 1111", "payment-card"),
        ("3782-822463-10005", "payment-card"),
        ("1M8GDM9AXKP042788", "vin"),
        ("0000-0002-1825-0097", "orcid"),
        ("https://orcid.org/0000-0001-5109-3700", "orcid"),
        ("IMO 9074729", "imo"),
        ("doi:10.1000/182", "doi"),
    ] {
        assert!(
            verdict(text).contains(&(kind.to_string(), true)),
            "{text}: {:?}",
            verdict(text)
        );
    }
}

#[test]
fn one_changed_digit_is_noticed() {
    for (text, kind) in [
        ("GB82 WEST 1234 5698 7654 33", "iban"),
        ("DE8937040044053201300", "iban"),
        ("5493001KJTIIGC8Y1R13", "lei"),
        ("US0378331006", "isin"),
        ("DEUTXXFF", "bic"),
        ("4111111111111112", "payment-card"),
        ("1M8GDM9A1KP042788", "vin"),
        ("0000-0002-1825-0098", "orcid"),
        ("IMO 9074728", "imo"),
    ] {
        assert!(
            !verdict(text).contains(&(kind.to_string(), true)),
            "{text}: {:?}",
            verdict(text)
        );
    }
}

#[test]
fn text_gives_offsets_in_utf16_and_only_what_is_valid() {
    let text = "Überweisung 😀 auf DE89 3704 0044 0532 0130 00, nicht DE89 3704 0044 0532 0130 01; Schiff IMO 9074729 (10.1000/182).";
    let found: Vec<_> = find_in_text(text)
        .into_iter()
        .map(|one| (one.kind.name, one.value, one.start, one.end))
        .collect();
    let units: Vec<u16> = text.encode_utf16().collect();
    assert_eq!(found.len(), 3, "{found:?}");
    for (name, wanted, text) in [
        (
            "iban",
            "DE89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
        ),
        ("imo", "IMO9074729", "IMO 9074729"),
        ("doi", "10.1000/182", "10.1000/182"),
    ] {
        let (_, value, start, end) = found.iter().find(|one| one.0 == name).unwrap();
        assert_eq!(value, wanted);
        assert_eq!(String::from_utf16(&units[*start..*end]).unwrap(), text);
    }
}

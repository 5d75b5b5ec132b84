//! The kinds of identifiers: how each is written, and what makes one valid.

use crate::check_digits::{imo, luhn, mod11_2, mod97, vin};

pub struct Kind {
    pub name: &'static str,
    /// What the entity of the graph is called.
    pub entity: &'static str,
    /// Whether it is told from an ordinary word or number surely enough to be looked for in text.
    pub in_text: bool,
    looks: fn(&str) -> bool,
    check: fn(&str) -> Result<(), &'static str>,
}

/// What a text is, by one kind.
pub struct Verdict {
    pub kind: &'static Kind,
    /// Without spaces and dashes, in capitals; DOIs in lower case.
    pub value: String,
    /// Why it is not valid.
    pub problem: Option<&'static str>,
}

pub const KINDS: [Kind; 9] = [
    Kind {
        name: "iban",
        entity: "bank-account",
        in_text: true,
        looks: looks_like_iban,
        check: check_iban,
    },
    Kind {
        name: "lei",
        entity: "legal-entity-identifier",
        in_text: true,
        looks: looks_like_lei,
        check: check_lei,
    },
    Kind {
        name: "isin",
        entity: "security",
        in_text: true,
        looks: looks_like_isin,
        check: check_isin,
    },
    Kind {
        name: "bic",
        entity: "bank",
        in_text: false,
        looks: looks_like_bic,
        check: check_country,
    },
    Kind {
        name: "payment-card",
        entity: "payment-card",
        in_text: true,
        looks: looks_like_card,
        check: check_luhn,
    },
    Kind {
        name: "vin",
        entity: "vehicle",
        in_text: true,
        looks: looks_like_vin,
        check: check_vin,
    },
    Kind {
        name: "orcid",
        entity: "person-identifier",
        in_text: true,
        looks: looks_like_orcid,
        check: check_orcid,
    },
    Kind {
        name: "imo",
        entity: "vessel",
        in_text: true,
        looks: looks_like_imo,
        check: check_imo,
    },
    Kind {
        name: "doi",
        entity: "publication",
        in_text: true,
        looks: looks_like_doi,
        check: |_| Ok(()),
    },
];

/// Every kind that the text may be, valid or not.
pub fn judge(text: &str) -> Vec<Verdict> {
    let doi = normal_doi(text);
    let plain: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '\u{a0}'))
        .collect();
    let plain = plain.to_uppercase();
    let short = plain.strip_prefix("HTTPS://ORCID.ORG/").unwrap_or(&plain);
    let mut verdicts = Vec::new();
    for kind in &KINDS {
        let value = if kind.name == "doi" {
            doi.as_str()
        } else {
            short
        };
        if !value.is_empty() && value.len() <= 200 && (kind.looks)(value) {
            let problem = (kind.check)(value).err();
            verdicts.push(Verdict {
                kind,
                value: value.to_string(),
                problem,
            });
        }
    }
    verdicts
}

fn alphanumeric(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn letters(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Characters `from..to`, or nothing when the text is shorter or not ASCII.
fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or("")
}

/// Length of an IBAN by country, after the IBAN registry.
const IBAN_LENGTHS: &str = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18\
FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31\
MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20";

fn iban_length(country: &str) -> Option<usize> {
    (0..IBAN_LENGTHS.len()).step_by(4).find_map(|at| {
        let entry = part(IBAN_LENGTHS, at, at + 4);
        (part(entry, 0, 2) == country)
            .then(|| part(entry, 2, 4).parse().ok())
            .flatten()
    })
}

fn looks_like_iban(text: &str) -> bool {
    (15..=34).contains(&text.len())
        && alphanumeric(text)
        && digits(part(text, 2, 4))
        && iban_length(part(text, 0, 2)).is_some()
        && !looks_like_lei(text)
}

fn check_iban(text: &str) -> Result<(), &'static str> {
    if iban_length(part(text, 0, 2)) != Some(text.len()) {
        return Err("The length is not that of its country.");
    }
    let turned = format!("{}{}", part(text, 4, text.len()), part(text, 0, 4));
    if mod97(&turned) == 1 {
        Ok(())
    } else {
        Err("The check digits are wrong.")
    }
}

fn looks_like_lei(text: &str) -> bool {
    // Positions 5 and 6 are zeros in most; the rest are told from IBANs of twenty by their check digits.
    text.len() == 20 && alphanumeric(text) && digits(part(text, 18, 20)) && mod97(text) == 1
        || text.len() == 20
            && alphanumeric(text)
            && part(text, 4, 6) == "00"
            && digits(part(text, 18, 20))
}

fn check_lei(text: &str) -> Result<(), &'static str> {
    if mod97(text) == 1 {
        Ok(())
    } else {
        Err("The check digits are wrong.")
    }
}

fn looks_like_isin(text: &str) -> bool {
    text.len() == 12
        && letters(part(text, 0, 2))
        && alphanumeric(text)
        && digits(part(text, 11, 12))
}

fn check_isin(text: &str) -> Result<(), &'static str> {
    check_luhn(text)
}

fn looks_like_bic(text: &str) -> bool {
    matches!(text.len(), 8 | 11) && letters(part(text, 0, 6)) && alphanumeric(text)
}

/// ISO 3166-1, and XK, which banks use for Kosovo.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCN\
COCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIR\
ISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONP\
NRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTW\
TZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

fn check_country(text: &str) -> Result<(), &'static str> {
    let country = part(text, 4, 6);
    let known = (0..COUNTRIES.len())
        .step_by(2)
        .any(|at| part(COUNTRIES, at, at + 2) == country);
    if known {
        Ok(())
    } else {
        Err("Letters five and six are no country.")
    }
}

fn looks_like_card(text: &str) -> bool {
    let first: u32 = part(text, 0, 4).parse().unwrap_or(0);
    let length = text.len();
    digits(text)
        && match first {
            4000..=4999 => matches!(length, 13 | 16 | 19),
            5100..=5599 | 2221..=2720 => length == 16,
            3400..=3499 | 3700..=3799 => length == 15,
            3528..=3589 => (16..=19).contains(&length),
            3000..=3059 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&length),
            6011 | 6440..=6599 => (16..=19).contains(&length),
            6200..=6299 => (16..=19).contains(&length),
            _ => false,
        }
}

fn check_luhn(text: &str) -> Result<(), &'static str> {
    if luhn(text) {
        Ok(())
    } else {
        Err("The check digit is wrong.")
    }
}

fn looks_like_vin(text: &str) -> bool {
    text.len() == 17
        && alphanumeric(text)
        && !text.contains(['I', 'O', 'Q'])
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && digits(part(text, 13, 17))
}

fn check_vin(text: &str) -> Result<(), &'static str> {
    if vin(text) {
        Ok(())
    } else {
        Err("The check digit is wrong; outside North America there may be none.")
    }
}

fn looks_like_orcid(text: &str) -> bool {
    text.len() == 16 && text.starts_with("000") && digits(part(text, 0, 15)) && alphanumeric(text)
}

fn check_orcid(text: &str) -> Result<(), &'static str> {
    if mod11_2(text) {
        Ok(())
    } else {
        Err("The check character is wrong.")
    }
}

fn looks_like_imo(text: &str) -> bool {
    text.len() == 10 && text.starts_with("IMO") && digits(part(text, 3, 10))
}

fn check_imo(text: &str) -> Result<(), &'static str> {
    if imo(part(text, 3, 10)) {
        Ok(())
    } else {
        Err("The check digit is wrong.")
    }
}

fn normal_doi(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let bare = ["https://doi.org/", "http://dx.doi.org/", "doi:"]
        .iter()
        .find_map(|start| lower.strip_prefix(start));
    bare.unwrap_or(&lower).trim().to_string()
}

fn looks_like_doi(text: &str) -> bool {
    let Some((registrant, suffix)) = text
        .strip_prefix("10.")
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let registrant_ok = (4..=9).contains(&registrant.len())
        && registrant.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    registrant_ok && !suffix.is_empty() && !suffix.contains(char::is_whitespace)
}

//! The sums behind check digits. Each takes letters and digits only.

/// Letters count 10 to 35, as ISO 7064 has it.
fn number_of(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => (byte - b'0') as u32,
        _ => (byte.to_ascii_uppercase() - b'A') as u32 + 10,
    }
}

/// ISO 7064 MOD 97-10: 1 for a number with right check digits at its end.
pub fn mod97(text: &str) -> u32 {
    text.bytes().map(number_of).fold(0, |rest, n| {
        (if n > 9 { rest * 100 } else { rest * 10 } + n) % 97
    })
}

/// ISO 7064 MOD 11-2 over all but the last, which is the check character.
pub fn mod11_2(text: &str) -> bool {
    let (body, check) = text.split_at(text.len() - 1);
    let sum = body
        .bytes()
        .fold(0, |sum, byte| (sum + number_of(byte)) * 2 % 11);
    let wanted = (12 - sum) % 11;
    check.to_ascii_uppercase()
        == if wanted == 10 {
            "X".to_string()
        } else {
            wanted.to_string()
        }
}

/// Luhn; letters are written out as two digits first, as ISIN does.
pub fn luhn(text: &str) -> bool {
    let digits: Vec<u32> = text
        .bytes()
        .flat_map(|byte| match number_of(byte) {
            n if n > 9 => vec![n / 10, n % 10],
            n => vec![n],
        })
        .collect();
    let doubled = |n: u32| if n > 4 { n * 2 - 9 } else { n * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, n)| if at % 2 == 1 { doubled(*n) } else { *n })
        .sum();
    sum % 10 == 0
}

/// ISO 3779 as North America uses it: the ninth character checks the others.
pub fn vin(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |byte: u8| match byte {
        b'0'..=b'9' => (byte - b'0') as u32,
        b'A'..=b'H' => (byte - b'A') as u32 + 1,
        b'J'..=b'R' => (byte - b'J') as u32 + 1,
        _ => (byte - b'S') as u32 + 2,
    };
    let sum: u32 = text
        .bytes()
        .zip(WEIGHTS)
        .map(|(byte, weight)| value(byte) * weight)
        .sum();
    let check = text.as_bytes()[8];
    check
        == if sum % 11 == 10 {
            b'X'
        } else {
            b'0' + (sum % 11) as u8
        }
}

/// IMO ship numbers: six digits weighted 7 to 2, the last digit of the sum at the end.
pub fn imo(digits: &str) -> bool {
    let digits: Vec<u32> = digits.bytes().map(number_of).collect();
    let sum: u32 = digits
        .iter()
        .zip([7, 6, 5, 4, 3, 2])
        .map(|(digit, weight)| digit * weight)
        .sum();
    sum % 10 == digits[6]
}

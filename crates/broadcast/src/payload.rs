//! JSON as PHP's `json_encode` writes it by default, so that a message has the bytes that Laravel sends.
//!
//! It differs from serde_json's own form in four points: `/` is escaped, everything outside ASCII is written
//! as UTF-16 escapes in lower case, a float without a fraction has no `.0`, and exponents look like
//! `1.0e+25`. A float that is not finite, which PHP refuses, is `null` as everywhere in serde_json.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

#[cfg(test)]
mod tests;

pub(crate) fn to_json(payload: &impl Serialize) -> serde_json::Result<String> {
    let mut json = Vec::new();
    payload.serialize(&mut Serializer::with_formatter(&mut json, Php))?;
    Ok(String::from_utf8(json).expect("serde_json writes UTF-8"))
}

struct Php;

impl Formatter for Php {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c: char| c == '/' || !c.is_ascii()) {
            let (plain, special) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut characters = special.chars();
            match characters.next().expect("a character was found here") {
                '/' => writer.write_all(br"\/")?,
                other => {
                    for unit in other.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        write_float(writer, &format!("{value:e}"))
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write_float(writer, &format!("{value:e}"))
    }
}

/// Lays out the shortest digits that mean a number, which come as `1.5e-7`, in PHP's way: an exponent from
/// 1.0e-5 downwards and from 1.0e+17 upwards, plain digits in between.
fn write_float<W: ?Sized + Write>(writer: &mut W, scientific: &str) -> io::Result<()> {
    let (mantissa, exponent) = scientific.split_once('e').expect("`{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (first, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    writer.write_all(sign.as_bytes())?;
    let Ok(places) = usize::try_from(exponent) else {
        return match exponent {
            -4..=-1 => {
                write!(writer, "0.{:0>width$}{fraction}", first, width = exponent.unsigned_abs() as usize)
            }
            _ => write_exponent(writer, first, fraction, exponent),
        };
    };
    match fraction.split_at_checked(places) {
        _ if exponent >= 17 => write_exponent(writer, first, fraction, exponent),
        None | Some((_, "")) => write!(writer, "{first}{fraction:0<places$}"),
        Some((whole, fraction)) => write!(writer, "{first}{whole}.{fraction}"),
    }
}

fn write_exponent<W: ?Sized + Write>(
    writer: &mut W,
    first: &str,
    fraction: &str,
    exponent: i32,
) -> io::Result<()> {
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    write!(writer, "{first}.{fraction}e{exponent:+}")
}

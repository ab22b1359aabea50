//! What is written is read, nothing else is, and it passes through whatever it has to pass through.

use super::{Unreadable, read, write};
use crate::base::{AppError, Currency, Day, Money};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Nothing,
    One(i64),
    Two(String, bool),
    Named { amount: Money, day: Option<Day>, inner: Option<Box<Shape>> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    text: String,
    letter: char,
    small: (u8, i8, u16, i16, u32, i32),
    large: (u64, i64, usize),
    fractions: (f64, f32),
    missing: Option<Option<String>>,
    counts: [u64; 3],
    map: BTreeMap<String, Vec<Shape>>,
    set: BTreeSet<i32>,
    result: Result<(), AppError>,
    unit: Unit,
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> String {
    let text = write(value).expect("a type that travels");
    assert_eq!(read::<T>(&text).as_ref(), Ok(value), "{text}");
    text
}

#[test]
fn every_kind_of_value_comes_back() {
    let money = Money::new(-1_234, Currency::USD);
    let shape = Shape::Named { amount: money, day: Some(Day(-3)), inner: Some(Box::new(Shape::Two("x;\\;".into(), true))) };
    comes_back(&Everything {
        text: "Ana; <b>\u{0}7\r\n\\3b ż 王伟 👩‍👩‍👧\u{feff}".into(),
        letter: '王',
        small: (u8::MAX, i8::MIN, u16::MAX, i16::MIN, u32::MAX, i32::MIN),
        large: (u64::MAX, i64::MIN, usize::MAX),
        fractions: (f64::MIN_POSITIVE, -0.5),
        missing: Some(None),
        counts: [0, 1, u64::MAX],
        map: [("a".to_owned(), vec![Shape::Nothing, shape, Shape::One(7)]), (String::new(), vec![])].into(),
        set: [-1, 1].into(),
        result: Err(AppError::invalid("email", "error.email")),
        unit: Unit,
    });
    comes_back(&());
    comes_back(&Ok::<(), AppError>(()));
    assert_eq!(comes_back(&vec![(1, "a b".to_owned())]), "0;1;1;a b;");
}

#[test]
fn other_types_are_not_read() {
    #[derive(Serialize, Deserialize)]
    struct Sums {
        spent: i64,
        refunded: i64,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Swapped {
        refunded: i64,
        spent: i64,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Renamed {
        spent: i64,
        returned: i64,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Fewer {
        spent: i64,
    }
    let text = write(&Sums { spent: 5, refunded: 2 }).unwrap();
    assert!(read::<Sums>(&text).is_ok());
    assert_eq!(read::<Swapped>(&text), Err(Unreadable));
    assert_eq!(read::<Renamed>(&text), Err(Unreadable));
    assert_eq!(read::<Fewer>(&text), Err(Unreadable));
    assert_eq!(read::<(i64, i64)>(&text), Err(Unreadable));
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Other {
        None,
        One(i64),
    }
    assert_eq!(read::<Other>(&write(&Shape::Nothing).unwrap()), Err(Unreadable));
    assert_eq!(read::<Other>(&write(&Shape::One(1)).unwrap()), Ok(Other::One(1)));
    for broken in ["", "0", "0;", "0;2;1;", "0;1;1;1;", "0;99999999999;", "<html>", "{\"spent\":5}"] {
        assert_eq!(read::<Vec<i64>>(broken), Err(Unreadable), "{broken}");
    }
    assert_eq!(read::<String>("0;\\zz;"), Err(Unreadable));
    assert_eq!(read::<String>("0;\\王;"), Err(Unreadable));
    assert_eq!(read::<u8>("0;256;"), Err(Unreadable));
    assert_eq!(read::<bool>("0;2"), Err(Unreadable));
}

#[test]
fn what_leaves_fields_out_does_not_travel() {
    #[derive(Serialize)]
    struct Sparse {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    }
    assert_eq!(write(&Sparse { name: None }), Err(Unreadable));
}

proptest! {
    /// Attributes turn CR into LF and NUL into U+FFFD, events end at line breaks, pages replace `<`, and a script's text is a
    /// Rust string as Debug writes it, whose `\0` before a digit JavaScript refuses.
    #[test]
    fn texts_pass_through_attributes_scripts_and_events(text in any::<String>(), other in "[\\x00-\\x7f]*") {
        let value = (text, other);
        let written = comes_back(&value);
        prop_assert!(!written.contains(|c: char| c.is_ascii_control() || c == '<'));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), near in "[0-9;\\\\-]{0,40}") {
        let _ = read::<Everything>(&text);
        let _ = read::<Vec<Shape>>(&near);
    }
}

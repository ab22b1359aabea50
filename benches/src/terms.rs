//! What is searched for: parts of names and emails that are in the database, by how many customers have them.
//!
//! Each kind has many terms, asked in turn, since the server keeps its last few results.

use crate::http::Client;
use crate::sql::Database;
use std::collections::{BTreeSet, HashMap};

/// Terms of a kind; some kinds have fewer.
const TERMS: usize = 64;
/// Customers that are looked at to find terms.
const SAMPLE: i64 = 6_000;

/// How many customers a term finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    Rare,
    FivePercent,
    /// As many as any term of this length.
    Common,
    None,
}

impl Frequency {
    pub const ALL: [Self; 4] = [Self::Rare, Self::FivePercent, Self::Common, Self::None];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rare => "rare",
            Self::FivePercent => "of 5 %",
            Self::Common => "common",
            Self::None => "none",
        }
    }
}

/// Texts of some customers.
pub struct Sample(Vec<Vec<String>>);

impl Sample {
    pub fn take(database: &Database, customers: i64) -> Result<Self, String> {
        let step = (customers / SAMPLE).max(1);
        let sql = format!("SELECT name_key, email_key FROM customers WHERE merged_into_id IS NULL AND id % {step} = 0");
        database.rows(&sql).map(Self)
    }

    /// Terms of so many characters; none where the database has none of that kind.
    pub fn terms(&self, client: &Client, length: usize, frequency: Frequency) -> Result<Vec<String>, String> {
        if frequency == Frequency::None {
            return absent(client, length);
        }
        let mut counts: Vec<(String, usize)> = self.counts(length).into_iter().collect();
        // By the number of customers, then in an order that has nothing to do with the alphabet.
        counts.sort_by_key(|(term, count)| (std::cmp::Reverse(*count), scrambled(term)));
        let near_five_percent = |count: usize| (0.035..=0.065).contains(&(count as f64 / self.0.len() as f64));
        let terms: Vec<String> = match frequency {
            Frequency::Common => counts.into_iter().map(|(term, _)| term).take(TERMS).collect(),
            Frequency::Rare => {
                counts.into_iter().rev().take_while(|(_, count)| *count == 1).map(|(term, _)| term).take(TERMS).collect()
            }
            _ => counts.into_iter().filter(|(_, count)| near_five_percent(*count)).map(|(term, _)| term).take(TERMS).collect(),
        };
        Ok(terms)
    }

    /// How many of the sample's customers have each term.
    fn counts(&self, length: usize) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for texts in &self.0 {
            let terms: BTreeSet<&str> = texts.iter().flat_map(|text| runs(text, length)).collect();
            for term in terms {
                *counts.entry(term.to_owned()).or_insert(0) += 1;
            }
        }
        counts
    }
}

/// All runs of so many plain characters; other scripts' terms are as short as their words and behave as these do.
fn runs(text: &str, length: usize) -> impl Iterator<Item = &str> {
    let plain = |run: &&str| run.bytes().all(|byte| byte.is_ascii_lowercase() || b".@-".contains(&byte));
    (0..text.len()).filter_map(move |at| text.get(at..at + length)).filter(plain)
}

/// Terms that the server finds nobody with.
fn absent(client: &Client, length: usize) -> Result<Vec<String>, String> {
    let letters = b"qxzjwvkqyuf0369";
    let mut terms = BTreeSet::new();
    for attempt in 0..400_u64 {
        let mut chance = scrambled(&attempt.to_string());
        let mut term = String::new();
        for _ in 0..length {
            term.push(char::from(letters[(chance % letters.len() as u64) as usize]));
            chance /= letters.len() as u64;
        }
        // Digits alone may be part of an order's number or a phone.
        if term.bytes().all(|byte| byte.is_ascii_digit()) || terms.contains(&term) {
            continue;
        }
        if found(client, &format!("q={term}"))? == 0 {
            terms.insert(term);
        }
        if terms.len() == TERMS {
            break;
        }
    }
    Ok(terms.into_iter().collect())
}

/// How many customers a query of the list finds.
pub fn found(client: &Client, query: &str) -> Result<u64, String> {
    let answer = client.call("list_customers", &list(query))?;
    answer["total"].as_u64().ok_or_else(|| format!("{query}: no total"))
}

/// The arguments of the list's server function.
pub fn list(query: &str) -> String {
    serde_json::json!({ "query": query }).to_string()
}

/// A number that looks like chance but is the same every time (FNV-1a, then mixed).
pub fn scrambled(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (hash ^ hash >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}

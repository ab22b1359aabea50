//! Days as SQL: stretches, months and anniversaries of columns of days, and of dates of birth.

use super::Writer;
use crate::base::Day;
use crate::rules::{DayField, DayTest, anniversaries};
use std::collections::BTreeSet;

impl Writer<'_> {
    /// A test of a column of days.
    pub(super) fn day(&mut self, column: &str, test: &DayTest) -> String {
        let of_the_year = |stretches: Vec<(u32, u32)>| {
            let day = day_of_the_year(column);
            let parts: Vec<String> = stretches.iter().map(|(from, to)| format!("{day} BETWEEN {from} AND {to}")).collect();
            if parts.is_empty() { "FALSE".to_owned() } else { format!("({})", parts.join(" OR ")) }
        };
        match test {
            DayTest::Months(months) => {
                let months: BTreeSet<u8> = months.iter().copied().filter(|month| (1..=12).contains(month)).collect();
                of_the_year(
                    months.into_iter().flat_map(|month| march_days((month.into(), 1), (month.into(), last_of(month)))).collect(),
                )
            }
            DayTest::Anniversary { within } => {
                let stretches = anniversaries(*within, self.ask.today);
                of_the_year(stretches.into_iter().flat_map(|(from, to)| march_days(from, to)).collect())
            }
            DayTest::Between { .. } | DayTest::Before(_) | DayTest::After(_) => {
                let (from, to) = test.stretch(self.ask.today).unwrap_or_default();
                self.range(column, from.map(|day| day.0.into()), to.map(|day| day.0.into()))
            }
        }
    }

    /// Dates of birth are texts of the form `2000-12-31`.
    pub(super) fn birthday(&mut self, test: &DayTest) -> String {
        let collation = if self.ask.is_postgres { " COLLATE \"C\"" } else { "" };
        let column = format!("({}{collation})", DayField::Birthday.sql());
        let parts: Vec<String> = match test {
            DayTest::Months(months) => {
                let months: BTreeSet<String> = months.iter().map(|month| format!("{month:02}")).collect();
                vec![self.one_of(&format!("SUBSTR({column}, 6, 2)"), months)]
            }
            DayTest::Anniversary { within } => {
                let text = |(month, day): (u32, u32)| format!("{month:02}-{day:02}");
                let stretches = anniversaries(*within, self.ask.today)
                    .into_iter()
                    .map(|(from, to)| format!("SUBSTR({column}, 6, 5) BETWEEN '{}' AND '{}'", text(from), text(to)));
                vec![format!("({})", stretches.collect::<Vec<_>>().join(" OR "))]
            }
            DayTest::Between { .. } | DayTest::Before(_) | DayTest::After(_) => {
                let (from, to) = test.stretch(self.ask.today).unwrap_or_default();
                let from = from.map(|day| format!("{column} >= ${}", self.args.push(iso(day))));
                let to = to.map(|day| format!("{column} <= ${}", self.args.push(iso(day))));
                from.into_iter().chain(to).collect()
            }
        };
        format!("({})", [vec![format!("{column} <> ''")], parts].concat().join(" AND "))
    }
}

/// As dates of birth are written; years have four digits.
fn iso(day: Day) -> String {
    let year = day.date().year();
    if year < 0 {
        "0000-01-01".to_owned()
    } else if year > 9_999 {
        "9999-12-31".to_owned()
    } else {
        day.iso()
    }
}

/// The place of a day in its year, which begins with March at 0 and ends in the leap day, 365: from 1 March 1900, day −25,508, to 28
/// February 2100 every four years have the same days.
fn day_of_the_year(column: &str) -> String {
    let in_four_years = format!("(({column} + 25508) % 1461)");
    format!("({in_four_years} % 365 + 365 * ({in_four_years} / 1460))")
}

/// A stretch of days within January to December as stretches of the years of [`day_of_the_year`].
fn march_days(from: (u32, u32), to: (u32, u32)) -> Vec<(u32, u32)> {
    const BEGIN: [u32; 12] = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];
    let place = |(month, day): (u32, u32)| BEGIN[(month as usize + 11) % 12] + day - 1;
    if from.0 < 3 && to.0 >= 3 { vec![(place(from), 365), (0, place(to))] } else { vec![(place(from), place(to))] }
}

fn last_of(month: u8) -> u32 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_that_begins_in_march_has_the_calendars_days() {
        for day in -25_508..47_541 {
            let date = Day(day).date();
            let in_four_years = (day + 25_508) % 1_461;
            let place = (in_four_years % 365 + 365 * (in_four_years / 1_460)) as u32;
            let of_date = (date.month(), date.day());
            assert_eq!(march_days(of_date, of_date), [(place, place)], "{date}");
        }
    }
}

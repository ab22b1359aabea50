//! Numbers, money and dates as a language writes them. The patterns are in the messages files (`format.*`), so a new
//! language brings its own.

use super::i18n::Lang;
use super::{Day, Moment, Money};

impl Lang {
    /// `23,570` or `23.570`.
    #[must_use]
    pub fn integer(self, value: i64) -> String {
        let digits = value.unsigned_abs().to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push_str(self.t("format.group"));
            }
            out.push(digit);
        }
        if value < 0 { format!("−{out}") } else { out }
    }

    /// `12.5`, with at most one digit after the point.
    #[must_use]
    pub fn tenths(self, tenths: i64) -> String {
        let whole = self.integer(tenths / 10);
        match tenths.abs() % 10 {
            0 => whole,
            rest => format!("{whole}{}{rest}", self.t("format.decimal")),
        }
    }

    /// `0.51`, always with two digits after the point.
    #[must_use]
    pub fn hundredths(self, hundredths: i64) -> String {
        let (whole, rest) = (self.integer(hundredths / 100), hundredths.abs() % 100);
        format!("{whole}{}{rest:02}", self.t("format.decimal"))
    }

    /// `46.5%` or `46,5 %`, of thousandths.
    #[must_use]
    pub fn percent(self, thousandths: i64) -> String {
        self.with("format.percent", &[("number", &self.tenths(thousandths))])
    }

    /// `$1,234.50` or `1.234,50 $`.
    #[must_use]
    pub fn money(self, money: Money) -> String {
        let scale = money.currency.scale();
        let magnitude = money.minor.unsigned_abs();
        let mut number = self.integer(i64::try_from(magnitude / scale.unsigned_abs()).unwrap_or(i64::MAX));
        let width = money.currency.decimals() as usize;
        if width > 0 {
            number.push_str(self.t("format.decimal"));
            number.push_str(&format!("{:0width$}", magnitude % scale.unsigned_abs()));
        }
        let sign = if money.minor < 0 { "−" } else { "" };
        let symbol = symbol(money.currency.code());
        format!("{sign}{}", self.with("format.money", &[("symbol", &symbol), ("number", &number)]).trim())
    }

    /// `12 Mar 2026`.
    #[must_use]
    pub fn day(self, day: Day) -> String {
        let date = day.date();
        let month = self.dynamic(&format!("month.{}", date.month()));
        self.with("format.date", &[("day", &date.day()), ("month", &month), ("year", &date.year())])
    }

    /// `12 Mar`.
    #[must_use]
    pub fn day_and_month(self, day: Day) -> String {
        let date = day.date();
        let month = self.dynamic(&format!("month.{}", date.month()));
        self.with("format.day_and_month", &[("day", &date.day()), ("month", &month)])
    }

    /// `12 Mar 2026, 14:03`.
    #[must_use]
    pub fn moment(self, moment: Moment) -> String {
        format!("{}, {:02}:{:02}", self.day(moment.day), moment.minute / 60, moment.minute % 60)
    }

    /// `today`, `yesterday`, `5 days ago`, `3 months ago`: calendar days, so that it changes at midnight only.
    #[must_use]
    pub fn relative(self, day: Day, today: Day) -> String {
        let days = i64::from(today.0) - i64::from(day.0);
        match days {
            i64::MIN..0 => self.day(day),
            0 => self.t("date.today").to_owned(),
            1 => self.t("date.yesterday").to_owned(),
            2..60 => self.count("date.days_ago", days),
            60..730 => self.count("date.months_ago", days / 30),
            _ => self.count("date.years_ago", days / 365),
        }
    }
}

/// The sign that people write for a currency; its code where there is none that is unmistakable.
fn symbol(code: &str) -> String {
    match code {
        "USD" => "$".into(),
        "EUR" => "€".into(),
        "GBP" => "£".into(),
        "JPY" => "¥".into(),
        other => format!("{other}\u{a0}"),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::base::Currency;
    use crate::base::i18n::by_code;

    #[test]
    fn each_language_writes_its_way() {
        let money = Money::new(-123_456_789, Currency::parse("EUR").unwrap());
        assert_eq!(by_code("en").money(money), "−€1,234,567.89");
        assert_eq!(by_code("de").money(money), "−1.234.567,89 €");
        assert_eq!(by_code("en").money(Money::new(1_000, Currency::parse("CHF").unwrap())), "CHF\u{a0}10.00");
        let day = Day::parse("2026-03-02").unwrap();
        assert_eq!(by_code("en").day(day), "2 Mar 2026");
        assert_eq!(by_code("de").day(day), "2. März 2026");
        assert_eq!(by_code("en").relative(day, Day(day.0 + 5)), "5 days ago");
        assert_eq!(by_code("de").relative(day, Day(day.0 + 1)), "gestern");
        assert_eq!(by_code("en").tenths(125), "12.5");
        assert_eq!(by_code("de").hundredths(123_407), "1.234,07");
    }
}

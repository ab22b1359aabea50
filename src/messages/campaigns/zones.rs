//! In which time zone a customer lives, as far as one knows: the zone that is kept of them, else that of most people in their country,
//! else the shop's.

use crate::args;
use crate::base::CustomerId;
use crate::office::settings::zone::Zone;
use crate::server::db::dialect::numbers_of_json;
use crate::server::{DbResult, Query};
use std::collections::HashMap;

/// Where a day begins first on earth (UTC+14).
#[must_use]
pub fn first() -> Zone {
    Zone::parse("Pacific/Kiritimati").unwrap_or(Zone::UTC)
}

/// The zones of some customers.
///
/// # Errors
/// When the database does not answer.
pub async fn of(q: &impl Query, customers: &[CustomerId], shops: Zone) -> DbResult<HashMap<CustomerId, Zone>> {
    let ids = serde_json::Value::from(customers.iter().map(|id| id.0).collect::<Vec<_>>()).to_string();
    let sql = format!("SELECT id, COALESCE(time_zone, ''), country FROM customers WHERE id IN ({})", numbers_of_json(q, "$1"));
    let rows: Vec<(i64, String, String)> = q.all(&sql, args![ids]).await?;
    // Few zones, many customers.
    let mut known: HashMap<(String, String), Zone> = HashMap::new();
    let mut zone = |own: String, country: String| {
        *known.entry((own, country)).or_insert_with_key(|(own, country)| zone_of(own, country, shops))
    };
    Ok(rows.into_iter().map(|(id, own, country)| (CustomerId(id), zone(own, country))).collect())
}

/// The zone of a customer with this zone of their own (or none) in this country (or none).
#[must_use]
pub fn zone_of(own: &str, country: &str, shops: Zone) -> Zone {
    Zone::parse(own).or_else(|| of_country(country)).unwrap_or(shops)
}

/// The zone in which most people of a country live: names of the IANA database, whose `zone1970.tab` says which country has which. Where a
/// country has several, the one with the most inhabitants.
fn of_country(code: &str) -> Option<Zone> {
    let at = COUNTRIES.binary_search_by_key(&code, |(country, _)| country).ok()?;
    Zone::parse(COUNTRIES.get(at)?.1)
}

/// By code.
const COUNTRIES: [(&str, &str); 96] = [
    ("AE", "Asia/Dubai"),
    ("AL", "Europe/Tirane"),
    ("AM", "Asia/Yerevan"),
    ("AR", "America/Argentina/Buenos_Aires"),
    ("AT", "Europe/Vienna"),
    ("AU", "Australia/Sydney"),
    ("AZ", "Asia/Baku"),
    ("BA", "Europe/Sarajevo"),
    ("BD", "Asia/Dhaka"),
    ("BE", "Europe/Brussels"),
    ("BG", "Europe/Sofia"),
    ("BH", "Asia/Bahrain"),
    ("BO", "America/La_Paz"),
    ("BR", "America/Sao_Paulo"),
    ("BY", "Europe/Minsk"),
    ("CA", "America/Toronto"),
    ("CH", "Europe/Zurich"),
    ("CL", "America/Santiago"),
    ("CN", "Asia/Shanghai"),
    ("CO", "America/Bogota"),
    ("CR", "America/Costa_Rica"),
    ("CY", "Asia/Nicosia"),
    ("CZ", "Europe/Prague"),
    ("DE", "Europe/Berlin"),
    ("DK", "Europe/Copenhagen"),
    ("DO", "America/Santo_Domingo"),
    ("DZ", "Africa/Algiers"),
    ("EC", "America/Guayaquil"),
    ("EE", "Europe/Tallinn"),
    ("EG", "Africa/Cairo"),
    ("ES", "Europe/Madrid"),
    ("ET", "Africa/Addis_Ababa"),
    ("FI", "Europe/Helsinki"),
    ("FR", "Europe/Paris"),
    ("GB", "Europe/London"),
    ("GE", "Asia/Tbilisi"),
    ("GH", "Africa/Accra"),
    ("GR", "Europe/Athens"),
    ("GT", "America/Guatemala"),
    ("HK", "Asia/Hong_Kong"),
    ("HR", "Europe/Zagreb"),
    ("HU", "Europe/Budapest"),
    ("ID", "Asia/Jakarta"),
    ("IE", "Europe/Dublin"),
    ("IL", "Asia/Jerusalem"),
    ("IN", "Asia/Kolkata"),
    ("IQ", "Asia/Baghdad"),
    ("IR", "Asia/Tehran"),
    ("IS", "Atlantic/Reykjavik"),
    ("IT", "Europe/Rome"),
    ("JO", "Asia/Amman"),
    ("JP", "Asia/Tokyo"),
    ("KE", "Africa/Nairobi"),
    ("KR", "Asia/Seoul"),
    ("KW", "Asia/Kuwait"),
    ("KZ", "Asia/Almaty"),
    ("LB", "Asia/Beirut"),
    ("LI", "Europe/Vaduz"),
    ("LK", "Asia/Colombo"),
    ("LT", "Europe/Vilnius"),
    ("LU", "Europe/Luxembourg"),
    ("LV", "Europe/Riga"),
    ("MA", "Africa/Casablanca"),
    ("MD", "Europe/Chisinau"),
    ("ME", "Europe/Podgorica"),
    ("MK", "Europe/Skopje"),
    ("MT", "Europe/Malta"),
    ("MX", "America/Mexico_City"),
    ("MY", "Asia/Kuala_Lumpur"),
    ("NG", "Africa/Lagos"),
    ("NL", "Europe/Amsterdam"),
    ("NO", "Europe/Oslo"),
    ("NP", "Asia/Kathmandu"),
    ("NZ", "Pacific/Auckland"),
    ("OM", "Asia/Muscat"),
    ("PA", "America/Panama"),
    ("PE", "America/Lima"),
    ("PH", "Asia/Manila"),
    ("PK", "Asia/Karachi"),
    ("PL", "Europe/Warsaw"),
    ("PT", "Europe/Lisbon"),
    ("QA", "Asia/Qatar"),
    ("RO", "Europe/Bucharest"),
    ("RS", "Europe/Belgrade"),
    ("RU", "Europe/Moscow"),
    ("SA", "Asia/Riyadh"),
    ("SE", "Europe/Stockholm"),
    ("SG", "Asia/Singapore"),
    ("SI", "Europe/Ljubljana"),
    ("SK", "Europe/Bratislava"),
    ("TH", "Asia/Bangkok"),
    ("TR", "Europe/Istanbul"),
    ("TW", "Asia/Taipei"),
    ("UA", "Europe/Kyiv"),
    ("US", "America/New_York"),
    ("ZA", "Africa/Johannesburg"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Day;

    #[test]
    fn each_country_has_a_zone_that_there_is() {
        assert!(COUNTRIES.is_sorted_by_key(|(code, _)| *code));
        for (code, name) in COUNTRIES {
            assert!(
                of_country(code).is_some() && crate::base::country::COUNTRIES.iter().any(|c| c.code == code),
                "{code} {name}"
            );
        }
    }

    #[test]
    fn the_nearest_that_is_known_counts() {
        let shops = Zone::parse("Europe/Berlin").unwrap();
        let zone = |own, country| zone_of(own, country, shops);
        assert_eq!(zone("Asia/Tokyo", "US"), Zone::parse("Asia/Tokyo").unwrap());
        assert_eq!(zone("", "US"), Zone::parse("America/New_York").unwrap());
        assert_eq!(zone("Mars/Olympus", "JP"), Zone::parse("Asia/Tokyo").unwrap());
        assert_eq!(zone("", "XX"), shops);
        assert_eq!(zone("", ""), shops);
    }

    #[test]
    fn clocks_that_jump_show_the_next_minute_there_is() {
        let at = |zone: &str, day: &str, minute| {
            Zone::parse(zone).unwrap().instant_or_after(Day::parse(day).unwrap(), minute).rfc3339()
        };
        // 02:30 there is not: clocks go from 02:00 to 03:00.
        assert_eq!(at("Europe/Berlin", "2026-03-29", 150), "2026-03-29T01:00:00Z");
        // 02:30 there is twice: the first.
        assert_eq!(at("Europe/Berlin", "2026-10-25", 150), "2026-10-25T00:30:00Z");
        assert_eq!(at("America/New_York", "2026-03-08", 150), "2026-03-08T07:00:00Z");
        assert_eq!(at("Europe/London", "2026-03-29", 150), "2026-03-29T01:30:00Z");
        // A whole day that there was not.
        assert_eq!(at("Pacific/Apia", "2011-12-30", 600), "2011-12-30T10:00:00Z");
        assert_eq!(first().instant_or_after(Day::parse("2026-06-01").unwrap(), 600).rfc3339(), "2026-05-31T20:00:00Z");
    }
}

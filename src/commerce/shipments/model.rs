//! What a parcel is, and where it can be followed.

use crate::base::query::encode;
use crate::base::{AppError, AppResult, Moment, ShipmentId};
use serde::{Deserialize, Serialize};

/// The longest name of a carrier and the longest number of a parcel, in characters.
const CARRIER_MAX: usize = 60;
const TRACKING_MAX: usize = 80;

/// Carriers that the form offers, and where their parcels can be followed; the number comes last.
pub const CARRIERS: [(&str, &str); 9] = [
    ("DHL", "https://www.dhl.com/en/express/tracking.html?AWB="),
    ("DPD", "https://tracking.dpd.de/status/en_US/parcel/"),
    ("FedEx", "https://www.fedex.com/fedextrack/?trknbr="),
    ("GLS", "https://gls-group.eu/EU/en/parcel-tracking?match="),
    ("Hermes", "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#"),
    ("PostNL", "https://postnl.nl/tracktrace/?B="),
    ("Royal Mail", "https://www.royalmail.com/track-your-item#/tracking-results/"),
    ("UPS", "https://www.ups.com/track?tracknum="),
    ("USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels="),
];

/// A parcel to be sent, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    pub carrier: String,
    /// The carrier's number; may be empty.
    pub tracking: String,
}

impl Parcel {
    /// As it is kept: without spaces around.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `carrier` or `tracking`.
    pub fn checked(&self) -> AppResult<Self> {
        let (carrier, tracking) = (self.carrier.trim(), self.tracking.trim());
        if carrier.chars().count() > CARRIER_MAX || carrier.contains(char::is_control) {
            return Err(AppError::invalid("carrier", "shipments.carrier_invalid"));
        }
        if tracking.chars().count() > TRACKING_MAX || tracking.contains(char::is_control) {
            return Err(AppError::invalid("tracking", "shipments.tracking_invalid"));
        }
        Ok(Self { carrier: carrier.to_owned(), tracking: tracking.to_owned() })
    }

    /// Carrier and number in one line.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.carrier, self.tracking).trim().to_owned()
    }
}

/// A parcel that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    pub id: ShipmentId,
    pub carrier: String,
    pub tracking: String,
    pub shipped: Moment,
    /// `None` while it is under way.
    pub delivered: Option<Moment>,
}

/// Where a parcel can be followed, of a carrier that we know.
#[must_use]
pub fn tracking_url(carrier: &str, tracking: &str) -> Option<String> {
    let carrier = carrier.trim();
    let (_, address) = CARRIERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(carrier))?;
    (!tracking.is_empty()).then(|| format!("{address}{}", encode(tracking)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_carriers_have_an_address() {
        assert_eq!(
            tracking_url("ups", "1Z 9&x").as_deref(),
            Some("https://www.ups.com/track?tracknum=1Z%209%26x"),
            "a number is no part of the address"
        );
        assert_eq!(tracking_url("Aunt Mary", "1"), None);
        assert_eq!(tracking_url("DHL", ""), None);
    }

    #[test]
    fn what_is_too_long_is_refused_by_field() {
        let field = |carrier: &str, tracking: &str| {
            let parcel = Parcel { carrier: carrier.into(), tracking: tracking.into() };
            match parcel.checked() {
                Err(AppError::Invalid { field, .. }) => field,
                other => format!("{other:?}"),
            }
        };
        assert_eq!(field(&"c".repeat(61), ""), "carrier");
        assert_eq!(field("DHL", &"9".repeat(81)), "tracking");
        assert_eq!(field("DHL", "1\n2"), "tracking");
        let trimmed = Parcel { carrier: " DHL ".into(), tracking: " 1 ".into() }.checked();
        assert_eq!(trimmed.map(|parcel| parcel.line()), Ok("DHL 1".into()));
    }
}

//! The section Maps: the key with which Google shows addresses on a map.

use super::section::Section;
use super::{Form, ShopSettings};
use crate::base::query::encode;
use crate::base::{AppError, AppResult};
use serde::{Deserialize, Serialize};

/// What Google's keys begin with, and how long they are.
const PREFIX: &str = "AIza";
const LENGTH: usize = 39;

/// Maps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapSettings {
    /// A key for Google's Maps Embed API; empty where there is none. Browsers see it, so it protects nothing.
    pub google_key: String,
}

/// Where maps come from: the only other site that pages may frame, and only where there is a key.
pub const MAP_SITE: &str = "https://www.google.com";

/// The address of a map with a pin at a place, for a frame.
#[must_use]
pub fn map_frame_url(key: &str, place: &str) -> String {
    format!("{MAP_SITE}/maps/embed/v1/place?key={}&q={}", encode(key), encode(place))
}

/// The section as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapForm {
    pub google_key: String,
}

impl Form for MapForm {
    fn of(settings: &ShopSettings) -> Self {
        Self { google_key: settings.maps.google_key.clone() }
    }

    fn apply(&self, before: &ShopSettings) -> AppResult<ShopSettings> {
        let key = self.google_key.trim();
        let letters = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let one = key.starts_with(PREFIX) && key.len() == LENGTH && letters;
        if !(key.is_empty() || one) {
            return Err(AppError::invalid("google_key", "settings.map_key_invalid"));
        }
        Ok(ShopSettings { maps: MapSettings { google_key: key.to_owned() }, ..before.clone() })
    }
}

impl Section for MapForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![("settings.map_key", &self.google_key)]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![&mut self.google_key]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_or_there_is_none() {
        let read = |key: &str| MapForm { google_key: key.into() }.apply(&ShopSettings::default()).map(|s| s.maps.google_key);
        let key = format!("AIza{}", "Sy_-0".repeat(7));
        assert_eq!((read(&format!(" {key} ")), read("")), (Ok(key.clone()), Ok(String::new())));
        for bad in ["AIza", "secret", &key[1..], &format!("{key}x"), &key.replace('_', "&"), &key.replace('_', "ü")] {
            assert!(matches!(read(bad), Err(AppError::Invalid { field, .. }) if field == "google_key"), "{bad}");
        }
    }

    #[test]
    fn a_place_is_only_a_place() {
        let url = map_frame_url("AIza", "Main St 1&key=other, Kraków");
        assert_eq!(url, "https://www.google.com/maps/embed/v1/place?key=AIza&q=Main%20St%201%26key%3Dother,%20Krak%C3%B3w");
    }
}

//! Telling machines from people. No rule is certain; each says where it comes from, and what it is unsure of counts as people's.

use crate::base::Timestamp;

/// Nobody has a mail before their eyes sooner after the mail server took it; security gateways fetch pictures and links while they still
/// hold it. Our own measure: two seconds are less than most mail servers take to deliver.
const SOONEST: i64 = 2 * Timestamp::SECOND;
/// Proxies of mailbox providers load for people, but those that load ahead do so on arrival. Our own measure.
const AHEAD: i64 = 10 * Timestamp::SECOND;
/// Who follows another link of the same mail within this is no reader but a scanner that follows them all. Our own measure, after what HubSpot
/// and Salesforce describe of bot clicks (“several links within seconds”).
pub const BETWEEN_CLICKS: i64 = 2 * Timestamp::SECOND;

/// User agents that load pictures for their users through a proxy, when they open a mail and sometimes on arrival: Google since 2013
/// (“via ggpht.com GoogleImageProxy”), Yahoo (“YahooMailProxy; https://help.yahoo.com/…”).
const PROXIES: [&str; 2] = ["googleimageproxy", "yahoomailproxy"];

/// Parts of user agents of programs. `bot`, `crawl`, `spider` are how those call themselves who want to be known (RFC 9309, 2.2.1); libraries
/// name themselves (RFC 9110, 10.1.5); the others are gateways that look at mails before their recipients: Barracuda, Mimecast, Proofpoint,
/// Microsoft (“BingPreview”, “Microsoft Office Protection”), Symantec, Trend Micro; `headlesschrome` is how Chrome without a window
/// introduces itself.
const PROGRAMS: [&str; 21] = [
    "bot",
    "crawl",
    "spider",
    "preview",
    "prefetch",
    "scan",
    "curl/",
    "wget/",
    "python-",
    "java/",
    "go-http-client",
    "okhttp",
    "libwww",
    "node-fetch",
    "headlesschrome",
    "barracuda",
    "mimecast",
    "proofpoint",
    "office protection",
    "symantec",
    "trend micro",
];

/// What is known of a request.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// `HEAD`: somebody wants to know whether it is there, not what it is (RFC 9110, 9.3.2).
    pub head: bool,
    pub user_agent: &'a str,
    /// A browser says that it loads ahead of its user: `Sec-Purpose: prefetch` (Fetch standard), before that `Purpose` and `X-Moz`.
    pub ahead: bool,
}

impl Asked<'_> {
    /// Whether it is a program by what it says of itself.
    #[must_use]
    pub fn is_program(&self) -> bool {
        let agent = self.user_agent.trim().to_ascii_lowercase();
        // Every browser and every proxy says something (RFC 9110, 10.1.5: SHOULD).
        self.head || self.ahead || agent.is_empty() || PROGRAMS.iter().any(|part| agent.contains(part))
    }

    /// Whether loading the picture `after` the mail was handed over is no person's doing.
    #[must_use]
    pub fn is_machine_open(&self, after: i64) -> bool {
        let agent = self.user_agent.trim();
        // Apple's Mail Privacy Protection loads everything ahead, through proxies that say “Mozilla/5.0” and no more (since iOS 15, 2021).
        let is_apple = agent == "Mozilla/5.0";
        let small = agent.to_ascii_lowercase();
        let is_early = after < SOONEST || (after < AHEAD && PROXIES.iter().any(|proxy| small.contains(proxy)));
        is_apple || is_early || self.is_program()
    }

    /// Whether following a link `after` the mail was handed over is no person's doing.
    #[must_use]
    pub fn is_machine_click(&self, after: i64) -> bool {
        after < SOONEST || self.is_program()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPHONE: &str =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
    const GMAIL: &str = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";

    fn by(user_agent: &str) -> Asked<'_> {
        Asked { head: false, user_agent, ahead: false }
    }

    #[test]
    fn people_are_people() {
        let hour = Timestamp::HOUR;
        assert!(!by(IPHONE).is_machine_open(hour) && !by(IPHONE).is_machine_click(hour));
        assert!(!by(GMAIL).is_machine_open(hour) && !by(GMAIL).is_machine_open(AHEAD));
    }

    #[test]
    fn machines_are_known_by_what_they_say_and_by_their_haste() {
        let hour = Timestamp::HOUR;
        assert!(by("Mozilla/5.0").is_machine_open(hour), "Apple's proxies");
        assert!(by(GMAIL).is_machine_open(3 * Timestamp::SECOND), "ahead");
        assert!(by(IPHONE).is_machine_open(Timestamp::SECOND) && by(IPHONE).is_machine_click(Timestamp::SECOND), "too soon");
        for agent in [
            "",
            " ",
            "curl/8.5.0",
            "python-requests/2.31",
            "Googlebot/2.1",
            "Mozilla/5.0 (compatible; BingPreview/1.0b)",
            "Barracuda Sentinel (EE)",
        ] {
            assert!(by(agent).is_machine_open(hour) && by(agent).is_machine_click(hour), "{agent}");
        }
        assert!(Asked { head: true, ..by(IPHONE) }.is_machine_click(hour));
        assert!(Asked { ahead: true, ..by(IPHONE) }.is_machine_click(hour));
    }
}

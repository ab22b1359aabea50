//! Where the mail server is and how it is spoken to, as the configuration's URL says it.

use percent_encoding::percent_decode_str;
use std::net::IpAddr;

/// How a line is kept from others' eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// Plain at first, TLS before anything else is said; without it nothing is sent.
    StartTls,
    /// TLS where the server offers it.
    IfOffered,
    None,
}

/// A mail server.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub host: String,
    pub port: u16,
    pub secrecy: Secrecy,
    /// User and password.
    pub login: Option<(String, String)>,
}

/// What is spoken to a server: the schemes, and the ports with TLS at once, with a login, and without either.
struct Protocol {
    plain: &'static str,
    tls: &'static str,
    ports: (u16, u16, u16),
}

const SMTP: Protocol = Protocol { plain: "smtp", tls: "smtps", ports: (465, 587, 25) };
const IMAP: Protocol = Protocol { plain: "imap", tls: "imaps", ports: (993, 143, 143) };

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} ({:?})", self.host, self.port, self.secrecy)
    }
}

impl Address {
    /// Reads `smtp://user:password@host:587` (STARTTLS is needed unless the host is this machine; `?tls=offered` or `?tls=none`
    /// ask for less) or `smtps://…` (TLS at once).
    ///
    /// # Errors
    /// What is wrong with it, without the password.
    pub fn parse(url: &str) -> Result<Self, String> {
        Self::read(url, &SMTP).map(|(address, _)| address)
    }

    /// Reads `imaps://user:password@host/INBOX` or `imap://…`, as [`Address::parse`]; yields the folder, too.
    ///
    /// # Errors
    /// What is wrong with it, without the password.
    pub fn parse_mailbox(url: &str) -> Result<(Self, String), String> {
        let (address, path) = Self::read(url, &IMAP)?;
        if address.login.is_none() {
            return Err("the address of the mailbox names nobody who may read it".into());
        }
        let folder =
            percent_decode_str(path.trim_start_matches('/')).decode_utf8().map_err(|_| "the mailbox's folder is no UTF-8")?;
        if folder.contains(char::is_control) {
            return Err("the mailbox's folder has a control character".into());
        }
        let folder = if folder.is_empty() { "INBOX".to_owned() } else { folder.into_owned() };
        Ok((address, folder))
    }

    fn read(url: &str, of: &Protocol) -> Result<(Self, String), String> {
        let url = url::Url::parse(url).map_err(|error| format!("the address of the mail server does not read: {error}"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the address of the mail server names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let asked = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        if let Some((unknown, _)) = url.query_pairs().find(|(name, _)| name != "tls") {
            return Err(format!("the address of the mail server has {unknown:?}, which nothing is called"));
        }
        let Protocol { plain, tls, .. } = of;
        let secrecy = match (url.scheme(), asked.as_deref()) {
            (scheme, None) if scheme == *tls => Secrecy::Tls,
            (scheme, Some("required")) if scheme == *plain => Secrecy::StartTls,
            (scheme, Some("offered")) if scheme == *plain => Secrecy::IfOffered,
            (scheme, Some("none")) if scheme == *plain => Secrecy::None,
            // What stays on this machine nobody listens to.
            (scheme, None) if scheme == *plain && is_here(&host) => Secrecy::IfOffered,
            (scheme, None) if scheme == *plain => Secrecy::StartTls,
            (scheme, Some(other)) if scheme == *plain || scheme == *tls => {
                return Err(format!("tls={other} cannot be: it is required, offered or none, and {tls}:// is TLS anyway"));
            }
            (other, _) => {
                return Err(format!("the address of the mail server begins with {plain}:// or {tls}://, not {other}://"));
            }
        };
        let text = |part: &str| {
            let plain = percent_decode_str(part).decode_utf8().map_err(|_| "the login of the mail server is no UTF-8")?;
            if plain.contains(char::is_control) {
                Err("the login of the mail server has a control character")
            } else {
                Ok(plain.into_owned())
            }
        };
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some((text(user)?, text(password.unwrap_or_default())?)),
        };
        let (with_tls, with_login, open) = of.ports;
        let port = url.port().unwrap_or(match (secrecy, &login) {
            (Secrecy::Tls, _) => with_tls,
            (_, Some(_)) => with_login,
            (_, None) => open,
        });
        Ok((Self { host, port, secrecy, login }, url.path().to_owned()))
    }

    /// Whether a password may be said over a line that is not secret: on this machine, or where the configuration asks for it.
    #[must_use]
    pub fn may_log_in_openly(&self) -> bool {
        self.secrecy == Secrecy::None || is_here(&self.host)
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_how_secret_they_are() {
        let read = |url: &str| Address::parse(url).map(|a| (a.host, a.port, a.secrecy, a.login.map(|(u, p)| format!("{u}|{p}"))));
        let login = Some("me@x.example|a:b/c".to_owned());
        assert_eq!(
            read("smtp://me%40x.example:a%3Ab%2Fc@mail.example"),
            Ok(("mail.example".into(), 587, Secrecy::StartTls, login))
        );
        assert_eq!(read("smtps://mail.example"), Ok(("mail.example".into(), 465, Secrecy::Tls, None)));
        assert_eq!(read("smtp://127.0.0.1:2525"), Ok(("127.0.0.1".into(), 2525, Secrecy::IfOffered, None)));
        assert_eq!(read("smtp://[::1]"), Ok(("::1".into(), 25, Secrecy::IfOffered, None)));
        assert_eq!(read("smtp://mail.example?tls=none").map(|a| a.2), Ok(Secrecy::None));
        for bad in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtps://x?tls=none",
            "smtp://x?tls=maybe",
            "smtp://x?auth=no",
            "smtp://a%0d%0ab@x",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let mailbox = |url: &str| Address::parse_mailbox(url).map(|(address, folder)| (address.port, address.secrecy, folder));
        assert_eq!(mailbox("imaps://me:pw@mail.example"), Ok((993, Secrecy::Tls, "INBOX".into())));
        assert_eq!(mailbox("imap://me:pw@mail.example/Bounces%2FOld"), Ok((143, Secrecy::StartTls, "Bounces/Old".into())));
        assert!(
            mailbox("smtp://mail.example").is_err()
                && mailbox("imaps://me:pw@x/a%0d%0ab").is_err()
                && mailbox("imaps://x").is_err()
        );
        let shown = format!("{:?}", Address::parse("smtp://me:s3cret@mail.example"));
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(!Address::parse("smtp://me:s3cret@").unwrap_err().contains("s3cret"));
    }
}

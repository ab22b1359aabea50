//! From what is written to what is handed over: a MIME message with its headers.

use super::Signer;
use crate::base::{Timestamp, contact};
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Mailbox, Message, MultiPart, SinglePart};
use std::time::{Duration, UNIX_EPOCH};

/// Larger mails are refused by most mail servers; encoded it is a third more.
pub const LARGEST: usize = 10 * 1024 * 1024;
/// Characters of a subject. What inboxes show of it ends long before.
pub const SUBJECT_MAX: usize = 500;

/// A file that comes with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// `application/pdf`
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// What a mail says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    pub subject: String,
    pub html: String,
    /// The same for those who read plain text.
    pub text: String,
    pub attachments: Vec<Attachment>,
}

/// What stands above it.
#[derive(Clone, Debug)]
pub struct Heading<'a> {
    pub from_name: &'a str,
    pub from: &'a str,
    /// Empty: answers go to `from`.
    pub reply_to: &'a str,
    pub to: &'a str,
    /// Without its brackets.
    pub message_id: &'a str,
    pub at: Timestamp,
    /// Where one click ends such mails; of advertising.
    pub unsubscribe: Option<&'a str>,
}

/// A mail as it is handed over.
#[derive(Clone, Debug)]
pub struct Parcel {
    pub envelope: Envelope,
    pub eml: Vec<u8>,
}

/// A recipient's address as mail servers take it, and its domain in small letters.
///
/// # Errors
/// The key of what is wrong with it.
pub fn recipient(typed: &str) -> Result<(Address, String), &'static str> {
    // Whatever came into the database by whichever way: what could end the line is no address, trimmed or not.
    if typed.contains(char::is_control) {
        return Err("mail.why.address");
    }
    let address: Address = contact::email(typed).ok().and_then(|email| email.parse().ok()).ok_or("mail.why.address")?;
    let domain = address.domain().to_lowercase();
    Ok((address, domain))
}

/// Makes the message, signed where there is a key.
///
/// # Errors
/// The key of why it cannot be: `mail.why.address`, `.sender`, `.subject`, `.empty`, `.large`.
pub fn pack(letter: &Letter, heading: &Heading<'_>, signer: Option<&Signer>) -> Result<Parcel, &'static str> {
    check(letter)?;
    let (to, _) = recipient(heading.to)?;
    let (from, domain) = recipient(heading.from).map_err(|_| "mail.why.sender")?;
    let from_name = Some(heading.from_name.trim()).filter(|name| !name.is_empty() && !name.contains(char::is_control));
    let at = Duration::from_micros(u64::try_from(heading.at.0).unwrap_or_default());
    let mut builder = Message::builder()
        .from(Mailbox::new(from_name.map(str::to_owned), from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .subject(letter.subject.trim())
        .date(UNIX_EPOCH + at)
        .message_id(Some(format!("<{}>", heading.message_id)))
        .envelope(Envelope::new(Some(from), vec![to]).map_err(|_| "mail.why.address")?);
    if !heading.reply_to.is_empty() {
        let (reply_to, _) = recipient(heading.reply_to).map_err(|_| "mail.why.sender")?;
        builder = builder.reply_to(Mailbox::new(None, reply_to));
    }
    match heading.unsubscribe {
        Some(url) => {
            if !url.is_ascii() || url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>')) {
                return Err("mail.why.sender");
            }
            builder = builder
                .raw_header(raw("List-Unsubscribe", format!("<{url}>")))
                .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()))
                .raw_header(raw("Precedence", "bulk".into()));
        }
        // Whoever is away need not tell a program so.
        None => builder = builder.raw_header(raw("Auto-Submitted", "auto-generated".into())),
    }
    let mut message = builder.multipart(body(letter)).map_err(|_| "mail.why.address")?;
    if let Some(signer) = signer {
        signer.sign(&mut message, &domain);
    }
    Ok(Parcel { envelope: message.envelope().clone(), eml: message.formatted() })
}

fn check(letter: &Letter) -> Result<(), &'static str> {
    let subject = letter.subject.trim();
    if subject.is_empty() || subject.contains(char::is_control) || subject.chars().count() > SUBJECT_MAX {
        return Err("mail.why.subject");
    }
    if letter.html.trim().is_empty() && letter.text.trim().is_empty() {
        return Err("mail.why.empty");
    }
    let attached: usize = letter.attachments.iter().map(|attachment| attachment.bytes.len()).sum();
    if letter.html.len() + letter.text.len() + attached > LARGEST { Err("mail.why.large") } else { Ok(()) }
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// Plain text and HTML as alternatives, and files beside them.
fn body(letter: &Letter) -> MultiPart {
    let text = SinglePart::plain(letter.text.clone());
    let words = if letter.html.trim().is_empty() {
        MultiPart::alternative().singlepart(text)
    } else {
        MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(letter.html.clone()))
    };
    if letter.attachments.is_empty() {
        return words;
    }
    letter.attachments.iter().fold(MultiPart::mixed().multipart(words), |mixed, attachment| {
        let kind = ContentType::parse(attachment.kind).unwrap_or(ContentType::TEXT_PLAIN);
        mixed.singlepart(Part::new(attachment.name.clone()).body(attachment.bytes.clone(), kind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: Heading<'static> = Heading {
        from_name: "Müller & Söhne",
        from: "shop@shop.example",
        reply_to: "",
        to: "ana@x.example",
        message_id: "1.abc@shop.example",
        at: Timestamp(1_772_366_400_000_000),
        unsubscribe: Some("https://shop.example/unsubscribe/abc"),
    };

    fn letter() -> Letter {
        Letter { subject: "Grüße".into(), html: "<p>Hé</p>".into(), text: "Hé".into(), attachments: Vec::new() }
    }

    fn why(letter: &Letter, heading: &Heading<'_>) -> &'static str {
        pack(letter, heading, None).err().unwrap_or_default()
    }

    #[test]
    fn nothing_ends_its_line() {
        for to in [
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example\n",
            "\ra@b.example",
            "a@b.example\0",
            "a b@c.example",
            "a@b@c",
            "a",
            "",
            "a@b.example, c@d.example",
            "<a@b.example>",
        ] {
            assert_eq!(why(&letter(), &Heading { to, ..TO }), "mail.why.address", "{to:?}");
        }
        for subject in ["", " ", "Hi\r\nBcc: c@d.example", "Hi\nthere", &"x".repeat(501)] {
            assert_eq!(why(&Letter { subject: subject.into(), ..letter() }, &TO), "mail.why.subject", "{subject:?}");
        }
        assert_eq!(why(&letter(), &Heading { from: "x\r\n@y.example", ..TO }), "mail.why.sender");
        assert_eq!(why(&letter(), &Heading { unsubscribe: Some("https://x/\r\nBcc: y"), ..TO }), "mail.why.sender");
        let name = Heading { from_name: "Shop\r\nBcc: c@d.example", ..TO };
        assert!(!String::from_utf8_lossy(&pack(&letter(), &name, None).unwrap().eml).contains("Bcc"));
    }

    #[test]
    fn what_is_too_large_or_says_nothing_is_refused() {
        let huge = Letter { html: "x".repeat(30 * 1024 * 1024), ..letter() };
        assert_eq!(why(&huge, &TO), "mail.why.large");
        assert_eq!(why(&Letter { html: " ".into(), text: String::new(), ..letter() }, &TO), "mail.why.empty");
    }

    #[test]
    fn advertising_can_be_ended_and_other_mails_say_that_a_program_wrote_them() {
        let eml = |heading: &Heading<'_>| String::from_utf8(pack(&letter(), heading, None).unwrap().eml).unwrap();
        let ad = eml(&TO);
        assert!(ad.contains("List-Unsubscribe: <https://shop.example/unsubscribe/abc>\r\n"), "{ad}");
        assert!(ad.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") && ad.is_ascii(), "{ad}");
        assert!(ad.contains("Message-ID: <1.abc@shop.example>\r\n"), "{ad}");
        let order = eml(&Heading { unsubscribe: None, ..TO });
        assert!(!order.contains("List-Unsubscribe") && order.contains("Auto-Submitted: auto-generated"), "{order}");
    }
}

//! Reading mails that tell of mails: delivery status notifications (RFC 3464) and abuse reports (ARF, RFC 5965).

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

/// What is told of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is no such mailbox.
    Bounced,
    /// It could not be delivered, for whatever else.
    SoftBounced,
    Complained,
}

/// A report about one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub kind: Kind,
    /// Of the mail that it is about.
    pub message_id: String,
    pub detail: String,
}

/// Larger ones carry the whole mail; what counts stands before that.
const MOST_DEPTH: usize = 3;

/// What a mail reports, if it reports anything of a mail that it names.
///
/// # Errors
/// The key of why it is no report: `report.unread`, `report.none` for another mail, `report.no_id` where it does not say about which.
pub fn read(eml: &[u8]) -> Result<Report, &'static str> {
    let message = MessageParser::default().parse(eml).ok_or("report.unread")?;
    let (kind, detail) = message
        .parts
        .iter()
        .find_map(|part| {
            let kind = part.content_type().map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()));
            match kind.unwrap_or_default().to_ascii_lowercase().as_str() {
                "message/delivery-status" | "message/global-delivery-status" => of_delivery(&text(part.contents())),
                "message/feedback-report" => of_complaint(&text(part.contents())),
                _ => None,
            }
        })
        .ok_or("report.none")?;
    let message_id = original_id(&message, 0).ok_or("report.no_id")?;
    Ok(Report { kind, message_id, detail })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The fields of such a part: names in small letters, folded lines as one.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.starts_with([' ', '\t']), line.split_once(':')) {
            (true, _) => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            }
            (false, Some((name, value))) => fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned())),
            (false, None) => {}
        }
    }
    fields
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

fn of_delivery(text: &str) -> Option<(Kind, String)> {
    let fields = fields(text);
    // Delayed, relayed, expanded and delivered need nothing.
    if !field(&fields, "action").eq_ignore_ascii_case("failed") {
        return None;
    }
    let (status, diagnostic) = (field(&fields, "status"), field(&fields, "diagnostic-code"));
    let kind = if status.starts_with("5.1.") { Kind::Bounced } else { Kind::SoftBounced };
    Some((kind, format!("{status} {diagnostic}").trim().to_owned()))
}

fn of_complaint(text: &str) -> Option<(Kind, String)> {
    let fields = fields(text);
    let kind = field(&fields, "feedback-type").to_ascii_lowercase();
    (!kind.is_empty() && kind != "not-spam").then_some((Kind::Complained, kind))
}

/// The Message-ID of the mail that comes with the report, whole or as its headers alone.
fn original_id(message: &Message<'_>, depth: usize) -> Option<String> {
    message.parts.iter().find_map(|part| {
        if let PartType::Message(inner) = &part.body {
            return inner
                .message_id()
                .map(str::to_owned)
                .or_else(|| if depth < MOST_DEPTH { original_id(inner, depth + 1) } else { None });
        }
        let headers =
            part.content_type().is_some_and(|kind| kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case("rfc822-headers")));
        headers
            .then(|| field(&fields(&text(part.contents())), "message-id").trim_matches(['<', '>']).to_owned())
            .filter(|id| !id.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dsn(action: &str, status: &str, original: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example\r\nTo: shop@shop.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; ana@x.example\r\nAction: {action}\r\nStatus: {status}\r\n\
             Diagnostic-Code: smtp; 550 {status}\r\n no such user\r\n\r\n--b\r\n{original}--b--\r\n"
        )
    }

    const HEADERS: &str =
        "Content-Type: text/rfc822-headers\r\n\r\nFrom: shop@shop.example\r\nMessage-ID: <7.ab@shop.example>\r\n\r\n";
    const WHOLE: &str = "Content-Type: message/rfc822\r\n\r\nFrom: shop@shop.example\r\nMessage-ID: <7.ab@shop.example>\r\nSubject: Hi\r\n\r\nHi\r\n\r\n";

    #[test]
    fn bounces_say_whether_the_mailbox_exists() {
        for original in [HEADERS, WHOLE] {
            let gone = read(dsn("failed", "5.1.1", original).as_bytes()).unwrap();
            assert_eq!((gone.kind, gone.message_id.as_str()), (Kind::Bounced, "7.ab@shop.example"));
            assert_eq!(gone.detail, "5.1.1 smtp; 550 5.1.1 no such user");
            assert_eq!(read(dsn("Failed", "5.2.2", original).as_bytes()).unwrap().kind, Kind::SoftBounced);
        }
        for action in ["delayed", "delivered", "relayed", ""] {
            assert_eq!(read(dsn(action, "4.4.1", HEADERS).as_bytes()), Err("report.none"));
        }
        assert_eq!(read(dsn("failed", "5.1.1", "Content-Type: text/plain\r\n\r\nx\r\n").as_bytes()), Err("report.no_id"));
    }

    #[test]
    fn complaints_are_abuse_reports() {
        let arf = |kind: &str| {
            format!(
                "From: fbl@isp.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
                 --b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n\
                 Feedback-Type: {kind}\r\nUser-Agent: isp/1\r\nVersion: 1\r\n\r\n--b\r\n{WHOLE}--b--\r\n"
            )
        };
        assert_eq!(read(arf("abuse").as_bytes()).unwrap().kind, Kind::Complained);
        assert_eq!(read(arf("not-spam").as_bytes()), Err("report.none"));
    }

    #[test]
    fn other_mails_report_nothing() {
        assert_eq!(read(b"Subject: Out of office\r\n\r\nI am away."), Err("report.none"));
        assert!(read(b"").is_err() && read(&[0xff; 64]).is_err());
    }
}

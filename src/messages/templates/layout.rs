//! The frame around each mail: the shop's name above, its address and the link to unsubscribe below.

use super::{Layout, Purpose};
use crate::base::i18n::Lang;

const FRAME: &str = include_str!("layouts/frame.html");
/// Goes into the tags.
pub const STYLES: &str = include_str!("layouts/mail.css");
/// What cannot: the rules for dark screens and phones.
const KEPT: &str = include_str!("layouts/kept.css");
/// Spaces behind the preheader, so that inboxes do not go on with the text.
const PADDING: &str = "&#847;&zwnj;&nbsp;";

/// The document around a body.
pub fn frame(layout: Layout, purpose: Purpose, lang: Lang, body: &str) -> String {
    FRAME
        .replace("%lang%", lang.code())
        .replace("%layout%", layout.code())
        .replace("%kept%", KEPT)
        .replace("%padding%", &PADDING.repeat(40))
        .replace("%reason%", &reason(purpose, lang))
        // Last: what somebody wrote is not looked through.
        .replace("%body%", body)
}

/// Why somebody gets this, and how to end it.
fn reason(purpose: Purpose, lang: Lang) -> String {
    match purpose {
        Purpose::Service => format!("<p class=\"foot-line\">{}</p>", lang.t("mail.reason_service")),
        Purpose::Marketing => format!(
            "<p class=\"foot-line\">{}</p><p class=\"foot-line\"><a href=\"{{{{ links.unsubscribe }}}}\">{}</a>{{% if links.preferences %}} · \
             <a href=\"{{{{ links.preferences }}}}\">{}</a>{{% endif %}}</p>",
            lang.t("mail.reason_marketing"),
            lang.t("mail.unsubscribe"),
            lang.t("mail.preferences"),
        ),
    }
}

/// The same below plain text.
pub fn plain_footer(purpose: Purpose, lang: Lang) -> String {
    let shop = "\n\n-- \n{{ shop.name }}{% if shop.address %}, {{ shop.address }}{% endif %}\n";
    match purpose {
        Purpose::Service => format!("{shop}{}\n", lang.t("mail.reason_service")),
        Purpose::Marketing => format!(
            "{shop}{}\n{}: {{{{ links.unsubscribe }}}}\n{{% if links.preferences %}}{}: {{{{ links.preferences }}}}{{% endif %}}\n",
            lang.t("mail.reason_marketing"),
            lang.t("mail.unsubscribe"),
            lang.t("mail.preferences"),
        ),
    }
}

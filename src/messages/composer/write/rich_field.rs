//! The field of formatted text: edited as it looks. What the browser makes of it is read as a tree and written anew ([`super::rich`]), so
//! nothing comes out but paragraphs, lists, links and formatted words.

use super::rich::{Node, leads_somewhere, write};
use crate::base::i18n::use_lang;
use crate::messages::templates::VariableView;
use crate::messages::templates::source_field::{plain_variables, tag};
use crate::messages::templates::writing::Vocabulary;
use crate::ui::Icon;
use js_sys::{Array, Function, Reflect};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlDivElement;

/// Elements within elements that are read.
const DEEPEST: u8 = 20;

thread_local! {
    /// What was selected before the address of a link was typed.
    static SELECTED: RefCell<Option<JsValue>> = const { RefCell::new(None) };
}

/// The field; `change` gets its HTML with each stroke.
#[component]
pub(super) fn RichField(id: String, html: String, change: Callback<String>, words: RwSignal<Vocabulary>) -> impl IntoView {
    let l = use_lang();
    let node = NodeRef::<html::Div>::new();
    let link = RwSignal::new(None::<String>);
    let take = move || {
        if let Some(div) = node.get_untracked() {
            change.run(html_of(&div));
        }
    };
    let run = move |command: &'static str, value: String| {
        if let Some(div) = node.get_untracked() {
            let _ = div.focus();
            exec(command, &value);
            take();
        }
    };
    let ask_link = move || {
        keep_selection();
        link.set(Some("https://".to_owned()));
    };
    let keys = move |event: KeyboardEvent| {
        if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            event.stop_propagation();
            ask_link();
        }
    };
    // As plain text: whatever was copied brings the looks of where it stood.
    let paste = move |event: web_sys::Event| {
        event.prevent_default();
        let data = Reflect::get(&event, &"clipboardData".into()).unwrap_or(JsValue::NULL);
        let text = call(&data, "getData", &["text/plain".into()]).and_then(|text| text.as_string()).unwrap_or_default();
        exec("insertText", &text);
        take();
    };
    let tool = move |icon: &'static str, letter: &'static str, label: &'static str, press: Callback<()>| {
        let shown = if icon.is_empty() {
            view! { <span class=format!("rich-letter rich-{letter}")>{letter.to_uppercase()}</span> }.into_any()
        } else {
            view! { <Icon name=icon/> }.into_any()
        };
        view! {
            <button
                class="btn btn-icon btn-sm btn-ghost"
                type="button"
                aria-label=l.dynamic(label)
                title=l.dynamic(label)
                // The text keeps its selection.
                on:mousedown=|event| event.prevent_default()
                on:click=move |_| press.run(())
            >
                {shown}
            </button>
        }
    };
    let command = move |command: &'static str, value: &'static str| Callback::new(move |()| run(command, value.to_owned()));
    let variable = move |variable: VariableView| {
        let text = tag(&variable).replace('‸', "");
        let put = move |_| run("insertText", text.clone());
        view! {
            <button class="menu-item template-variable" type="button" on:mousedown=|event| event.prevent_default() on:click=put>
                <span>{variable.label}</span> <span class="dim">{variable.sample}</span>
            </button>
        }
    };
    let variables = move || words.with(|words| plain_variables(&words.variables)).into_iter().map(variable).collect_view();
    view! {
        <div class="rich">
            <div class="rich-tools" role="toolbar" aria-label=l.t("composer.write.format")>
                {tool("", "b", "composer.write.bold", command("bold", ""))}
                {tool("", "i", "composer.write.italic", command("italic", ""))}
                {tool("", "u", "composer.write.underline", command("underline", ""))}
                {tool("link", "", "composer.write.link", Callback::new(move |()| ask_link()))}
                {tool("rows", "", "composer.write.list", command("insertUnorderedList", ""))}
                {tool("layout-list", "", "composer.write.numbered", command("insertOrderedList", ""))}
                {tool("message", "", "composer.write.quote", command("formatBlock", "blockquote"))}
                {tool("x", "", "composer.write.plain", command("removeFormat", ""))}
                <details class="dropdown row-end">
                    <summary class="btn btn-sm btn-ghost"><Icon name="tag"/>{l.t("templates.variables")}</summary>
                    <div class="menu menu-end template-variables">{variables}</div>
                </details>
            </div>
            <LinkField link done=Callback::new(move |href: Option<String>| {
                link.set(None);
                let Some(div) = node.get_untracked() else { return };
                let _ = div.focus();
                restore_selection();
                match href {
                    Some(href) if href.trim().is_empty() => exec("unlink", ""),
                    Some(href) if leads_somewhere(&href) => put_link(href.trim()),
                    _ => return,
                }
                take();
            })/>
            <div
                class="input rich-text"
                id=id
                contenteditable="true"
                role="textbox"
                aria-multiline="true"
                aria-label=l.t("composer.write.block_text")
                dir="auto"
                inner_html=html
                node_ref=node
                on:focus=|_| exec("defaultParagraphSeparator", "p")
                on:input=move |_| take()
                on:keydown=keys
                on:paste=move |event| paste(event.into())
                on:drop=|event| event.prevent_default()
            ></div>
        </div>
    }
    .into_any()
}

/// Where the selected words lead, while it is asked.
#[component]
fn LinkField(link: RwSignal<Option<String>>, done: Callback<Option<String>>) -> impl IntoView {
    let l = use_lang();
    let node = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            let _ = node.focus();
        }
    });
    let keys = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "Enter" => done.run(link.get_untracked()),
            "Escape" => done.run(None),
            _ => return,
        }
        event.prevent_default();
    };
    let asked = Memo::new(move |_| link.with(Option::is_some));
    move || {
        asked.get().then(|| {
            view! {
                <div class="rich-link">
                    <input
                        class="input"
                        aria-label=l.t("composer.write.link")
                        node_ref=node
                        autocomplete="off"
                        prop:value=move || link.get().unwrap_or_default()
                        on:input=move |event| link.set(Some(event_target_value(&event)))
                        on:keydown=keys
                    />
                    <button class="btn btn-sm btn-primary" type="button" on:click=move |_| done.run(link.get_untracked())>{l.t("composer.write.link_set")}</button>
                    <button class="btn btn-sm" type="button" on:click=move |_| done.run(Some(String::new()))>{l.t("composer.write.link_remove")}</button>
                </div>
            }
        })
    }
}

/// Calls a method of a value of the browser.
fn call(of: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let function: Function = Reflect::get(of, &method.into()).ok()?.dyn_into().ok()?;
    function.apply(of, &arguments.iter().cloned().collect::<Array>()).ok()
}

/// Has the browser edit what is selected: so that it can be undone with the keyboard.
fn exec(command: &str, value: &str) {
    let _ = call(&document(), "execCommand", &[command.into(), false.into(), value.into()]);
}

fn selection() -> JsValue {
    call(&document(), "getSelection", &[]).unwrap_or(JsValue::NULL)
}

fn keep_selection() {
    let range = call(&selection(), "getRangeAt", &[0.into()]);
    SELECTED.with_borrow_mut(|kept| *kept = range);
}

fn restore_selection() {
    let Some(range) = SELECTED.with_borrow_mut(Option::take) else { return };
    call(&selection(), "removeAllRanges", &[]);
    call(&selection(), "addRange", &[range]);
}

/// Links the selected words; with none selected the address itself.
fn put_link(href: &str) {
    let is_empty = Reflect::get(&selection(), &"isCollapsed".into()).is_ok_and(|is| is.as_bool() == Some(true));
    if is_empty {
        let html = write(&[Node::Element {
            name: "a".into(),
            href: href.to_owned(),
            class: String::new(),
            children: vec![Node::Text(href.to_owned())],
        }]);
        // Only the link of the paragraph.
        let html = html.trim_start_matches("<p>").trim_end_matches("</p>").to_owned();
        exec("insertHTML", &html);
    } else {
        exec("createLink", href);
    }
}

fn html_of(div: &HtmlDivElement) -> String {
    write(&children(div, 0))
}

fn children(of: &web_sys::Node, depth: u8) -> Vec<Node> {
    let (mut all, mut next) = (Vec::new(), of.first_child());
    while let Some(child) = next {
        next = child.next_sibling();
        all.extend(node(&child, depth));
    }
    all
}

fn node(of: &web_sys::Node, depth: u8) -> Option<Node> {
    let Some(element) = of.dyn_ref::<web_sys::Element>() else {
        return (of.node_type() == web_sys::Node::TEXT_NODE).then(|| Node::Text(of.text_content().unwrap_or_default()));
    };
    if depth == DEEPEST {
        return Some(Node::Text(of.text_content().unwrap_or_default()));
    }
    Some(Node::Element {
        name: element.tag_name().to_ascii_lowercase(),
        href: element.get_attribute("href").unwrap_or_default(),
        class: element.get_attribute("class").unwrap_or_default(),
        children: children(of, depth + 1),
    })
}

//! Forms whose request must not be made twice.

use super::FormError;
use crate::base::AppError;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A form while it is sent. Its key goes with the request and stays until the request has succeeded, so that sending it again (a double
/// press, a connection that broke) does nothing more. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Once {
    pub error: FormError,
    pub busy: RwSignal<bool>,
    key: StoredValue<String>,
}

impl Default for Once {
    fn default() -> Self {
        Self { error: FormError::new(None), busy: RwSignal::new(false), key: StoredValue::new(String::new()) }
    }
}

impl Once {
    /// The key of the request that is made next. For the browser: called when something is pressed, not while it is rendered.
    #[must_use]
    pub fn key(self) -> String {
        if self.key.with_value(String::is_empty) {
            self.key.set_value(new_key());
        }
        self.key.get_value()
    }

    /// Sends; `done` is called once it has succeeded, unless the page has been left.
    pub fn send<T: 'static>(self, request: impl Future<Output = Result<T, AppError>> + 'static, done: impl FnOnce(T) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let result = request.await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(answer) => {
                    self.key.set_value(String::new());
                    done(answer);
                }
                Err(AppError::Conflict { message }) if message == "ledger.key_reused" => {
                    self.key.set_value(String::new());
                    self.error.set(Some(AppError::Conflict { message: "value.sent_already".into() }));
                }
                Err(error) => self.error.set(Some(error)),
            }
        });
    }
}

/// 53 random bits beside the millisecond: keys need to be different, not secret.
#[must_use]
pub fn new_key() -> String {
    let random = (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64;
    format!("{:x}-{random:x}", js_sys::Date::now() as u64)
}

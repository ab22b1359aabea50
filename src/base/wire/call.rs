//! Calls of server functions: the arguments travel as JSON, and so does the answer to whoever does not accept the form of this
//! module (tests, programs, `curl`). Errors keep their HTTP status either way.

use super::{Unreadable, Wire};
use crate::base::{AppError, AppResult};
use http::Method;
use leptos::server_fn::Protocol;
use leptos::server_fn::client::Client;
use leptos::server_fn::request::Req;
use leptos::server_fn::response::TryRes;
use leptos::server_fn::server::Server;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::pin::Pin;

/// An answer on its way, as it travels.
type Answer = Pin<Box<dyn Future<Output = AppResult<String>> + Send>>;

impl<Input, Output, C, S> Protocol<Input, Output, C, S, AppError> for Wire
where
    Input: Serialize + DeserializeOwned + Send,
    Output: Serialize + DeserializeOwned + Send,
    C: Client<AppError>,
    S: Server<AppError>,
{
    const METHOD: Method = Method::POST;

    async fn run_server<F, Fut>(request: S::Request, function: F) -> AppResult<S::Response>
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = AppResult<Output>> + Send,
    {
        let wire = request.accepts().is_some_and(|accepted| accepted.contains(Wire::TYPE));
        let outcome = async move {
            let input = arguments(&request.try_into_bytes().await?)?;
            function(input).await
        }
        .await;
        if wire {
            let text = match &outcome {
                Ok(output) => super::write(output),
                Err(error) => {
                    error.answer();
                    super::write(error)
                }
            };
            S::Response::try_from_string(Wire::TYPE, text?)
        } else {
            // An error is answered by whoever called us.
            S::Response::try_from_string("application/json", json(&outcome?)?)
        }
    }

    fn run_client(path: &str, input: Input) -> impl Future<Output = AppResult<Output>> + Send {
        let answer = call(path, json(&input));
        async move { Ok(super::read(&answer.await?)?) }
    }
}

fn arguments<T: DeserializeOwned>(json: &[u8]) -> AppResult<T> {
    serde_json::from_slice(json).map_err(|error| AppError::Connection { message: error.to_string() })
}

fn json<T: Serialize>(value: &T) -> AppResult<String> {
    serde_json::to_string(value).map_err(|_| Unreadable.into())
}

impl From<Unreadable> for AppError {
    fn from(error: Unreadable) -> Self {
        Self::Connection { message: error.to_string() }
    }
}

/// Posts the arguments. Dropping the answer aborts the request. One for all functions, whatever they take and yield.
#[cfg(feature = "hydrate")]
fn call(path: &str, arguments: AppResult<String>) -> Answer {
    let request = arguments.map(|arguments| browser::post(path, &arguments));
    Box::pin(send_wrapper::SendWrapper::new(async move { browser::answer(request?).await }))
}

/// The server calls its functions directly.
#[cfg(not(feature = "hydrate"))]
fn call(_: &str, _: AppResult<String>) -> Answer {
    Box::pin(std::future::ready(Err(Unreadable.into())))
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::{AppError, AppResult, Wire};
    use leptos::prelude::window;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{AbortController, Headers, RequestInit, Response};

    pub type Request = Result<(js_sys::Promise, Abort), JsValue>;

    /// Aborts the request, unless its answer has come.
    pub struct Abort(Option<AbortController>);

    impl Drop for Abort {
        fn drop(&mut self) {
            if let Some(controller) = self.0.take() {
                controller.abort();
            }
        }
    }

    pub fn post(path: &str, arguments: &str) -> Request {
        let headers = Headers::new()?;
        headers.set("content-type", "application/json")?;
        headers.set("accept", Wire::TYPE)?;
        let controller = AbortController::new()?;
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers);
        init.set_body(&JsValue::from_str(arguments));
        init.set_signal(Some(&controller.signal()));
        Ok((window().fetch_with_str_and_init(path, &init), Abort(Some(controller))))
    }

    pub async fn answer(request: Request) -> AppResult<String> {
        let Ok((response, text)) = receive(request).await else {
            return Err(AppError::Connection { message: String::new() });
        };
        if response.ok() {
            return Ok(text);
        }
        // What answers in the place of a function does not speak our form.
        let kind = response.headers().get("content-type").ok().flatten();
        let error = if kind.as_deref() == Some(Wire::TYPE) { crate::base::wire::read(&text).ok() } else { None };
        Err(error.unwrap_or_else(|| of_status(response.status())))
    }

    async fn receive(request: Request) -> Result<(Response, String), JsValue> {
        let (promise, mut abort) = request?;
        let response: Response = JsFuture::from(promise).await?.unchecked_into();
        let text = JsFuture::from(response.text()?).await?;
        abort.0 = None;
        Ok((response, text.as_string().unwrap_or_default()))
    }

    fn of_status(status: u16) -> AppError {
        match status {
            401 => AppError::Unauthenticated,
            403 => AppError::Forbidden,
            503 => AppError::Unavailable,
            other => AppError::Connection { message: other.to_string() },
        }
    }
}

//! Cross-origin resource sharing, as the second port has it.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Allows every origin, method and header. With `preflight=no` in the query it knows nothing of `OPTIONS`, as many
/// servers that were written for the browser's own `EventSource`.
pub(crate) async fn share(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let wanted = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();

    let mut response = if request.method() != Method::OPTIONS {
        next.run(request).await
    } else if refuses_preflight(&request) {
        StatusCode::NOT_FOUND.into_response()
    } else {
        let methods = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
        let allowed =
            wanted.unwrap_or(HeaderValue::from_static("last-event-id, authorization, content-type"));
        let headers: [(HeaderName, HeaderValue); 2] = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, allowed),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    };

    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
    if let Some(origin) = origin {
        // Nothing here is private, so requests with credentials may come from everywhere, too.
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    } else {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

fn refuses_preflight(request: &Request) -> bool {
    request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == "preflight=no"))
}

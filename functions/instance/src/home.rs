//! What a browser sees at the instance's address, until there is a web client.

use runtime::extract::Raw;
use runtime::prelude::*;

use crate::describe;
use crate::page::{Page, Shown, fill};

function! {
    at root "/"
    GET get_home_page
}

/// What this is, and how to connect.
async fn get_home_page(cx: &Cx, _: Anyone, Raw(request): Raw) -> Result<Shown> {
    let config = cx.config();
    let page = Page {
        code: None,
        title: config.instance.name.clone(),
        main: fill(
            include_str!("home.html"),
            &[
                ("name", &config.instance.name),
                ("description", &config.instance.description),
                ("url", &config.public_url),
                ("api", &describe::api_url(cx)),
                ("gateway", &config.gateway_public_url()),
            ],
        ),
    };
    page.answer(&request.headers)
}

#[cfg(test)]
mod tests {
    use http::Method;
    use runtime::testing::App;

    use super::*;

    #[test]
    fn it_says_where_to_connect_and_runs_nothing() {
        let app = App::new();
        app.configure(|config| {
            config.public_url = "https://chat.example".into();
            config.instance.name = "<script>alert(1)</script>".into();
        });
        let page = app.nobody().get(&FUNCTION, "/");
        assert_eq!(page.status, 200);
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        let html = std::str::from_utf8(&page.body).unwrap();
        for said in ["https://chat.example/api/v9", "wss://chat.example/gateway"] {
            assert!(html.contains(said), "{said}");
        }
        assert!(!html.contains("<script"), "{html}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
    }

    #[test]
    fn a_browser_that_has_it_gets_it_no_more_and_a_program_gets_json() {
        let app = App::new();
        let tag = app.nobody().get(&FUNCTION, "/").headers["etag"].clone();
        let ask = |headers: &[(&str, &str)]| {
            app.nobody()
                .send(&FUNCTION, Method::GET, "/", None, headers)
        };
        let known = ask(&[("if-none-match", tag.to_str().unwrap())]);
        assert_eq!((known.status, known.body.len()), (304, 0));
        app.configure(|config| config.instance.name = "Another".into());
        let changed = ask(&[("if-none-match", tag.to_str().unwrap())]);
        assert_eq!(changed.status, 200);
        ask(&[("accept", "application/json")]).is(Code::NotFound);
    }
}

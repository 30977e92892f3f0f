//! The files of `--dist`.

use axum::http::Method;

use crate::support::Collector;

#[tokio::test]
async fn files_are_served_packed_and_with_the_right_headers() {
    let dist = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dist.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("www/index.html", "dashboard");
    write("www/shop/index.html", "shop");
    write("www/assets/app-abc123.js", "script");
    write("www/assets/app-abc123.js.br", "packed");
    write("sdk/desirepath.js", "loader");
    write("sdk/desirepath-sdk.wasm", "wasm");
    write("analyzer/engine.js", "not for the world");
    let collector = Collector::with(|state| state.dist = Some(dist.path().to_owned()));
    let immutable = "public, max-age=31536000, immutable";
    for (path, status, body, kind, cache) in [
        ("/", 200, "dashboard", "text/html", "no-cache"),
        ("/shop/", 200, "shop", "text/html", "no-cache"),
        (
            "/assets/app-abc123.js",
            200,
            "script",
            "text/javascript",
            immutable,
        ),
        ("/assets/gone.js", 404, "", "", "no-cache"),
        (
            "/sdk/desirepath.js",
            200,
            "loader",
            "text/javascript",
            "no-cache",
        ),
        (
            "/sdk/desirepath-sdk.wasm",
            200,
            "wasm",
            "application/wasm",
            "no-cache",
        ),
        ("/analyzer/engine.js", 404, "", "", "no-cache"),
        ("/../sdk/desirepath.js", 404, "", "", "no-cache"),
    ] {
        let answer = collector.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.text(), body, "{path}");
        assert!(
            answer
                .header("content-type")
                .unwrap_or_default()
                .starts_with(kind),
            "{path}: {answer:?}"
        );
        assert_eq!(answer.header("cache-control"), Some(cache), "{path}");
        let is_open = answer.header("access-control-allow-origin") == Some("*");
        assert_eq!(is_open, path.starts_with("/sdk/"), "{path}");
    }
    let brotli = [("accept-encoding", "br")];
    let packed = collector
        .ask(Method::GET, "/assets/app-abc123.js", &brotli, "")
        .await;
    assert_eq!(
        (packed.text(), packed.header("content-encoding")),
        ("packed", Some("br"))
    );
    assert!(
        packed
            .header("content-type")
            .unwrap()
            .starts_with("text/javascript")
    );
    assert_eq!(packed.header("x-content-type-options"), Some("nosniff"));
}

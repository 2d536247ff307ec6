//! The floor: a handler that does nothing but answer bytes.

use std::net::SocketAddr;

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

/// Answers `GET /` with `body` from as many threads as the service has, for as long as this process runs.
pub fn serve(body: Vec<u8>) -> SocketAddr {
    let (told, tell) = std::sync::mpsc::channel();
    let body = Bytes::from(body);
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let answer = move || {
                let body = body.clone();
                App::new().route(
                    "/",
                    web::get().to(move || {
                        let body = body.clone();
                        async move { HttpResponse::Ok().content_type("application/json").body(body) }
                    }),
                )
            };
            let server = HttpServer::new(answer).workers(2).disable_signals().bind("127.0.0.1:0").unwrap();
            told.send(server.addrs()[0]).unwrap();
            server.run().await.unwrap();
        });
    });
    tell.recv().unwrap()
}

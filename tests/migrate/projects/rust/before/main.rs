// http://localhost:50342/oauth2/token was the address.
fn url(resource: &str) -> String {
    format!("http://[::1]:50342/oauth2/token?resource={resource}")
}

fn header() -> (&'static str, &'static str) {
    ("Metadata", "true")
}

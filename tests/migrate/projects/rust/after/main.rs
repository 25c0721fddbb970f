// http://localhost:50342/oauth2/token was the address.
fn url(resource: &str) -> String {
    format!("http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}")
}

fn header() -> (&'static str, &'static str) {
    ("Metadata", "true")
}

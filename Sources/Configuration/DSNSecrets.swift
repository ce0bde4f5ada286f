import Foundation

/// Passwords in DSNs: a file that is shared, kept under version control and backed up is no place for them.
enum DSNSecrets {
    /// The keyword that holds a secret; the secret itself is never told.
    static func found(in dsn: String) -> String? {
        if let start = dsn.range(of: "://")?.upperBound {
            let rest = dsn[start...]
            // As libpq cuts it, and as somebody may have meant it who has / in the password.
            let cuts = [rest.prefix { $0 != "/" }, rest.prefix { $0 != "?" }]
            for part in cuts {
                if let end = part.lastIndex(of: "@"), part[..<end].contains(":") { return "password" }
            }
        }
        for keyword in ["password", "sslpassword"] where holds(dsn, keyword) { return keyword }
        return nil
    }

    /// In `key = value` and in `?key=value`; libpq allows blanks around the sign, and %-escapes in the keys of a URI.
    private static func holds(_ dsn: String, _ keyword: String) -> Bool {
        let plain = dsn.removingPercentEncoding ?? dsn
        return [dsn, plain].contains { text in
            text.range(of: "(^|[\\s?&'])\(keyword)\\s*=", options: [.regularExpression, .caseInsensitive]) != nil
        }
    }
}

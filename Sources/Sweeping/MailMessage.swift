import Foundation

/// A message to be piped into `sendmail -t`: RFC 5322, with MIME by RFC 2045 to 2047. Lines end with a line feed, as programs
/// of Unix hand mail over; the mailer makes CRLF of it.
package struct MailMessage: Sendable {
    package struct Attachment: Sendable {
        package var name: String
        package var html: String

        package init(name: String, html: String) {
            self.name = name
            self.html = html
        }
    }

    package var from: String?
    package var to: [String]
    package var subject: String
    package var text: String
    package var html: String
    package var attachments: [Attachment] = []
    package var date: Date
    /// Makes the boundaries and the Message-ID; no two mails have the same.
    package var identity = UUID()

    package init(from: String?, to: [String], subject: String, text: String, html: String, date: Date) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.date = date
    }

    package var written: String {
        let alternative = Part.multipart("alternative", boundary("a"), [.text("plain", text), .text("html", html)])
        let body =
            attachments.isEmpty
            ? alternative
            : Part.multipart("mixed", boundary("m"), [alternative] + attachments.map { .attachment($0.name, $0.html) })
        return (headers + body.headers + ["", body.content]).joined(separator: "\n")
    }

    private func boundary(_ kind: String) -> String { "=_pgmedic-\(kind)-\(identity.uuidString.lowercased())" }

    private var headers: [String] {
        var headers: [String] = []
        if let from { headers.append("From: " + Self.oneLine(from)) }
        headers.append("To: " + to.map(Self.oneLine).joined(separator: ",\n "))
        headers.append(EncodedWords.header("Subject", subject))
        headers.append("Date: " + Self.date(date))
        headers.append("Message-ID: <\(identity.uuidString.lowercased())@pgmedic.invalid>")
        // No automatic answer to a machine: https://www.rfc-editor.org/rfc/rfc3834#section-5
        return headers + ["Auto-Submitted: auto-generated", "MIME-Version: 1.0"]
    }

    /// What came from outside ends no header.
    static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
    }

    /// `Thu, 26 Nov 2026 13:14:00 +0000`
    static func date(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int?) -> String { String(format: "%02d", number ?? 0) }
        let day = "\(days[((parts.weekday ?? 1) - 1) % 7]), \(two(parts.day)) \(months[((parts.month ?? 1) - 1) % 12])"
        return "\(day) \(parts.year ?? 1970) \(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) +0000"
    }
}

/// A part of a message.
private struct Part {
    var headers: [String]
    var content: String

    static func text(_ subtype: String, _ text: String) -> Part {
        Part(
            headers: ["Content-Type: text/\(subtype); charset=utf-8", "Content-Transfer-Encoding: quoted-printable"],
            content: QuotedPrintable.encoded(text))
    }

    static func attachment(_ name: String, _ html: String) -> Part {
        // Of letters that need no quoting, whatever the target is called.
        let letters = name.unicodeScalars.map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                || "._-".unicodeScalars.contains(scalar) ? scalar : "_"
        }
        let safe = String(String.UnicodeScalarView(letters))
        return Part(
            headers: [
                "Content-Type: text/html; charset=utf-8; name=\"\(safe)\"", "Content-Transfer-Encoding: base64",
                "Content-Disposition: attachment; filename=\"\(safe)\"",
            ], content: Data(html.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed]))
    }

    static func multipart(_ subtype: String, _ boundary: String, _ parts: [Part]) -> Part {
        var lines: [String] = []
        for part in parts { lines += ["--\(boundary)"] + part.headers + ["", part.content] }
        lines += ["--\(boundary)--", ""]
        return Part(
            headers: ["Content-Type: multipart/\(subtype);\n boundary=\"\(boundary)\""],
            content: lines.joined(separator: "\n"))
    }
}

/// https://www.rfc-editor.org/rfc/rfc2045#section-6.7
enum QuotedPrintable {
    /// Columns of a line with its soft break.
    private static let width = 76

    static func encoded(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(line).joined(separator: "\n")
    }

    private static func line(_ text: Substring) -> String {
        var lines: [String] = []
        var line = ""
        let bytes = Array(text.utf8)
        for (place, byte) in bytes.enumerated() {
            let isLast = place == bytes.count - 1
            let isBlank = byte == 0x20 || byte == 0x09
            let isPlain = (0x21...0x7e).contains(byte) && byte != 0x3d || isBlank && !isLast
            // A dot alone on a line would end the message for some mailers, `From ` begin another.
            let isRisky = line.isEmpty && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F"))
            let token = isPlain && !isRisky ? String(UnicodeScalar(byte)) : escaped(byte)
            if line.utf8.count + token.utf8.count > width - 1 {
                lines.append(line + "=")
                line = ""
            }
            line += token
        }
        return (lines + [line]).joined(separator: "\n")
    }

    static func escaped(_ byte: UInt8) -> String { "=" + String(format: "%02X", byte) }
}

/// https://www.rfc-editor.org/rfc/rfc2047
enum EncodedWords {
    /// Bytes of text in a word: 45 make 60 of base64, and 72 with what stands around them (75 are allowed).
    private static let chunk = 45
    /// https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
    private static let lineLength = 78

    /// A header's line or lines; nothing in the text ends it.
    static func header(_ name: String, _ text: String) -> String {
        let text = MailMessage.oneLine(text)
        let isPlain = text.unicodeScalars.allSatisfy(\.isASCII) && !text.contains("=?")
        if isPlain, name.utf8.count + 2 + text.utf8.count <= lineLength { return "\(name): \(text)" }
        var words: [String] = []
        var part = ""
        // By character: none is cut in two, as the RFC demands.
        for scalar in text.unicodeScalars {
            if part.utf8.count + String(scalar).utf8.count > chunk - (words.isEmpty ? name.utf8.count : 0) {
                words.append(part)
                part = ""
            }
            part.unicodeScalars.append(scalar)
        }
        if !part.isEmpty { words.append(part) }
        return "\(name): " + words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\n ")
    }
}

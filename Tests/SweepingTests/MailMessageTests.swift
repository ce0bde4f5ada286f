import Foundation
import TestKit
import Testing

@testable import Sweeping

/// Mails as Python's `email` reads them, which is no code of ours.
@Suite struct MailMessageTests {
    private struct Parsed: Decodable {
        var headers: [[String]]
        var subject: String
        var defects: Int
        var parts: [Part]

        struct Part: Decodable {
            var type: String
            var text: String
            var name: String?
        }
    }

    private static let parser = """
        import email, email.policy, json, sys
        m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
        parts = [p for p in m.walk() if not p.is_multipart()]
        print(json.dumps({
            "headers": [[k, str(v)] for k, v in m.items()], "subject": str(m["Subject"]),
            "defects": sum(len(p.defects) for p in m.walk()),
            "parts": [{"type": p.get_content_type(), "text": p.get_content(), "name": p.get_filename()} for p in parts]}))
        """

    private func parsed(_ mail: MailMessage) async throws -> Parsed {
        let out = try await Command("/usr/bin/env", ["python3", "-c", Self.parser]).check(input: mail.written)
        return try JSONDecoder().decode(Parsed.self, from: Data(out.utf8))
    }

    private func mail(_ subject: String = "[pgmedic] shop: 1 new critical", text: String = "one\n") -> MailMessage {
        MailMessage(
            from: "pgmedic@example.org", to: ["dba@example.org", "root"], subject: subject, text: text,
            html: "<p>ön=e</p>\n", date: Date(timeIntervalSince1970: 1_772_615_647))
    }

    @Test func bothBodiesAndTheAttachmentsArrive() async throws {
        var mail = mail(text: "Zeile ü\n.\nFrom here\ntrailing \n" + String(repeating: "ä=", count: 200) + "\n")
        let report = "<!DOCTYPE html>" + String(repeating: "<p>✓</p>\n", count: 100)
        mail.attachments = [.init(name: "shop\"\r\nX: y.html", html: report)]
        let parsed = try await parsed(mail)
        #expect(parsed.defects == 0)
        #expect(parsed.parts.map(\.type) == ["text/plain", "text/html", "text/html"])
        #expect(parsed.parts[0].text == mail.text && parsed.parts[1].text == mail.html)
        #expect(parsed.parts[2].text == report && parsed.parts[2].name == "shop___X__y.html")
        let headers = Dictionary(parsed.headers.map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
        #expect(headers["Auto-Submitted"] == "auto-generated" && headers["To"] == "dba@example.org, root")
        #expect(headers["Date"] == "Wed, 04 Mar 2026 09:14:07 +0000")
        #expect(mail.written.split(separator: "\n").allSatisfy { $0.utf8.count <= 78 })
        #expect(!mail.written.split(separator: "\n").contains { $0 == "." || $0.hasPrefix("From ") })
    }

    @Test(arguments: [
        "plain",
        "■ Sitzung blockiert 31 Sitzungen auf bestellungen, und noch sehr viel mehr davon als in eine Zeile passt",
        String(repeating: "long ", count: 60) + "end", "=?utf-8?B?not mine?=", "👩‍🔬 and 日本語のデータベース",
    ])
    func subjectsArriveAsTheyAre(subject: String) async throws {
        let mail = mail(subject)
        #expect(try await parsed(mail).subject == subject)
        #expect(mail.written.split(separator: "\n").allSatisfy { $0.utf8.count <= 78 })
    }

    @Test(arguments: [
        "a\r\nBcc: evil@example.org\r\n\r\nbody", "a\nBcc: evil@example.org", "ü\r\n\r\n--x", "a\rBcc: e@x",
    ])
    func noNameAddsAHeader(subject: String) async throws {
        let parsed = try await parsed(mail(subject))
        #expect(!parsed.headers.contains { $0[0].lowercased() == "bcc" })
        #expect(parsed.parts.count == 2 && parsed.parts[0].text == "one\n")
    }
}

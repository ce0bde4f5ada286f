import Diagnosing
import Foundation

/// Reads `sweep`, `groups` and `history` of pgmedic.yaml.
enum SweepReader {
    static let keys = [
        "parallel", "deadline", "queryTimeout", "viewsOnly", "jitter", "every", "retries", "backoff", "failOn", "tell",
        "reportRoles", "reports", "webhook", "textfile", "mail",
    ]
    static let targetKeys = ["deadline", "queryTimeout", "viewsOnly", "failOn", "tell", "reportRoles"]

    private static let deadlines = 1.0...3600, spans = 0.0...86_400

    static func settings(_ section: Section) throws(ConfigurationError) -> SweepSettings {
        let values = try section.values(known: keys)
        var settings = SweepSettings()
        if let value = values["parallel"] { settings.parallel = try value.number(1...64) }
        if let value = values["jitter"] { settings.jitter = try value.span(spans, "0s to 24h") }
        if let value = values["every"] { settings.every = try value.span(10...31 * 86_400, "10s to 31d") }
        if let value = values["retries"] { settings.retries = try value.number(0...10) }
        if let value = values["backoff"] { settings.backoff = try backoff(value) }
        if let value = values["reports"] { settings.reports = try reports(value) }
        if let value = values["webhook"] { settings.webhook = try webhook(value) }
        if let value = values["textfile"] { settings.textfile = try value.absolutePath() }
        if let value = values["mail"] { settings.mail = try mail(value) }
        let all = try shared(values)
        settings.deadline = all.deadline ?? settings.deadline
        settings.queryTimeout = all.queryTimeout ?? settings.queryTimeout
        settings.viewsOnly = all.viewsOnly ?? settings.viewsOnly
        settings.failOn = all.failOn ?? settings.failOn
        settings.tell = all.tell ?? settings.tell
        settings.reportRoles = all.reportRoles ?? settings.reportRoles
        if let every = settings.every, settings.jitter > every / 2, let value = values["jitter"] {
            throw value.error("is more than half of every", "two sweeps would run into each other: make it less")
        }
        return settings
    }

    static func target(_ section: Section) throws(ConfigurationError) -> TargetSweepSettings {
        try shared(try section.values(known: targetKeys))
    }

    /// What can be said of all targets and of one.
    private static func shared(_ values: [String: Section]) throws(ConfigurationError) -> TargetSweepSettings {
        var settings = TargetSweepSettings()
        if let value = values["deadline"] { settings.deadline = try value.span(deadlines, "1s to 1h") }
        if let value = values["queryTimeout"] { settings.queryTimeout = try value.span(0.1...600, "100ms to 10min") }
        if let value = values["viewsOnly"] { settings.viewsOnly = try value.flag() }
        if let value = values["failOn"] { settings.failOn = try value.choice(SeverityLimit.self) }
        if let value = values["tell"] { settings.tell = try value.choice(Severity.self) }
        if let value = values["reportRoles"] { settings.reportRoles = try value.texts(of: "a role") }
        return settings
    }

    private static func backoff(_ section: Section) throws(ConfigurationError) -> SweepSettings.Backoff {
        let values = try section.values(known: ["first", "most"])
        var backoff = SweepSettings.Backoff()
        if let value = values["first"] { backoff.first = try value.span(spans, "0s to 24h") }
        if let value = values["most"] { backoff.most = try value.span(spans, "0s to 24h") }
        guard backoff.first <= backoff.most else {
            throw section.error("its first is more than its most", "make first the shorter one")
        }
        return backoff
    }

    private static func reports(_ section: Section) throws(ConfigurationError) -> SweepSettings.Reports {
        let values = try section.values(known: ["folder", "keep", "formats"])
        guard let folder = values["folder"] else { throw section.error("has no folder", "write folder: /a/whole/path") }
        var reports = SweepSettings.Reports(folder: try folder.absolutePath())
        if let value = values["keep"] { reports.keep = try keep(value) }
        if let value = values["formats"] {
            var formats: [SweepSettings.Reports.Format] = []
            for member in try value.members(of: "html, json or markdown") {
                formats.append(try member.choice(SweepSettings.Reports.Format.self))
            }
            guard !formats.isEmpty else { throw value.error("is empty", "write html, json or markdown") }
            reports.formats = formats
        }
        return reports
    }

    private static func keep(_ section: Section) throws(ConfigurationError) -> SweepSettings.Reports.Keep {
        let written = try section.text("30d, or how many")
        if let count = Int(written), (1...100_000).contains(count) { return .count(count) }
        guard let seconds = WrittenSpan.seconds(written), seconds >= 3600 else {
            throw section.error(
                "\"\(written)\" is not allowed", "write an age (30d; 1h at least) or how many reports of a target")
        }
        return .age(seconds)
    }

    private static func webhook(_ section: Section) throws(ConfigurationError) -> SweepSettings.Webhook {
        let values = try section.values(known: ["url", "urlFile", "timeout", "retries"])
        var webhook: SweepSettings.Webhook
        switch (values["url"], values["urlFile"]) {
        case (nil, nil), (_?, _?):
            throw section.error(
                "needs a url or a urlFile", "give one of them; a URL that is a secret belongs into a file")
        case (nil, let file?): webhook = SweepSettings.Webhook(.file(try file.absolutePath()))
        case (let value?, nil):
            let url = try value.text("https://example.org/hook")
            if let problem = WebhookURL.problem(url) { throw value.error(problem, WebhookURL.remedy) }
            webhook = SweepSettings.Webhook(.url(url))
        }
        if let value = values["timeout"] { webhook.timeout = try value.span(1...300, "1s to 5min") }
        if let value = values["retries"] { webhook.retries = try value.number(0...10) }
        return webhook
    }

    private static func mail(_ section: Section) throws(ConfigurationError) -> SweepSettings.Mail {
        let values = try section.values(known: ["from", "to", "subjectPrefix"])
        var mail = SweepSettings.Mail()
        if let value = values["from"] { mail.from = try address(value) }
        if let value = values["to"] {
            for member in try value.members(of: "an address") { mail.to.append(try address(member)) }
        }
        if let value = values["subjectPrefix"] { mail.subjectPrefix = try value.text("[pgmedic]") }
        return mail
    }

    private static func address(_ section: Section) throws(ConfigurationError) -> String {
        let text = try section.text("an address: dba@example.org")
        guard MailAddress.isAllowed(text) else {
            throw section.error("\"\(text)\" is no plain address", "write dba@example.org, without a name")
        }
        return text
    }
}

package enum WebhookURL {
    static let remedy = "write https://host/path; a URL that is a secret belongs into a file, given as urlFile"

    /// What is wrong with it, without repeating it; nil: nothing.
    package static func problem(_ text: String) -> String? {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
            ["http", "https"].contains(parts.scheme?.lowercased()),
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7f && $0 != "\"" && $0 != "\\" })
        else { return "is no http or https URL" }
        return parts.password == nil ? nil : "holds a password"
    }
}

package enum MailAddress {
    /// A plain address, or the name of a user of this machine. What could end a header or add a recipient is none.
    package static func isAllowed(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9!#$%&'*+\/=?^_`{|}~.-]*(@[A-Za-z0-9][A-Za-z0-9.-]*)?/) != nil
    }
}

import Mustache

/// The page's templates, parsed once.
enum PageTemplates {
    /// Escapes what the templates insert. Mustache's own escaping goes by characters and so overlooks a quote that a
    /// combining mark follows (measured on swift-mustache 2.1.1).
    private struct PageContent: MustacheContentType {
        func escapeText(_ text: String) -> String { Markup.escape(text) }
    }

    /// A partial starts with the default content type: each template names ours.
    static let library: MustacheLibrary = {
        MustacheContentTypes.register(PageContent(), named: "PAGE")
        var library = MustacheLibrary()
        for (name, text) in [
            ("page", TemplateFiles.page), ("plan", TemplateFiles.plan), ("finding", TemplateFiles.finding),
            ("action", TemplateFiles.action), ("indexes", TemplateFiles.indexes), ("locks", TemplateFiles.locks),
            ("history", TemplateFiles.history),
            ("fleet", TemplateFiles.fleet), ("fleetMail", TemplateFiles.fleetMail),
            ("caseSummary", TemplateFiles.caseSummary),
        ] {
            do {
                try library.register(text, named: name)
            } catch {
                // The texts are constants of this program, and a test renders them.
                preconditionFailure("template \(name): \(error)")
            }
        }
        return library
    }()

    static func render(_ page: Page) -> String { library.render(page, withTemplate: "page") ?? "" }

    static func render(_ page: PlanPage) -> String { library.render(page, withTemplate: "plan") ?? "" }

    static func render(_ page: IndexPage) -> String { library.render(page, withTemplate: "indexes") ?? "" }

    static func render(_ page: LockPage) -> String { library.render(page, withTemplate: "locks") ?? "" }

    static func render(_ page: HistoryPage) -> String { library.render(page, withTemplate: "history") ?? "" }
    static func render(_ page: FleetPage) -> String { library.render(page, withTemplate: "fleet") ?? "" }

    static func render(_ page: CasePage) -> String { library.render(page, withTemplate: "caseSummary") ?? "" }

    static func render(_ page: FleetMailPage) -> String { library.render(page, withTemplate: "fleetMail") ?? "" }
}

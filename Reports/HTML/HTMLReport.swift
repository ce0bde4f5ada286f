import Recommending

/// The report as one page: no script, no request to anywhere.
struct HTMLReport {
    let page: Page

    init(_ content: ReportContent, _ diagnosis: Diagnosis, _ options: ReportOptions) {
        page = Page(content, diagnosis, options)
    }

    var text: String { PageTemplates.render(page) }
}

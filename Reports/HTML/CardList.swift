import Diagnosing

/// The cards of a page, so many that it stays light, each finding's anchor once.
///
/// Every entry has a card first; what room is left holds findings that are like the first of their entry.
struct CardList {
    private var anchors: Set<String> = []
    private var heads: Int
    private var room: Int
    private var isFirst = true
    /// Findings for which there was no room.
    private(set) var unlisted = 0

    init(_ entries: [ReportContent.Entry]) {
        heads = Page.listedFindings
        room = max(0, Page.listedFindings - entries.count)
    }

    /// The first critical finding is open: it is what the reader came for.
    mutating func cards(_ entries: [ReportContent.Entry]) -> [FindingCard] {
        // Where there is no room for all, those go first that stand for many.
        let chosen = entries.indices.sorted { (entries[$1].findings.count, $0) < (entries[$0].findings.count, $1) }
            .prefix(heads)
        let shown = chosen.sorted().map { entries[$0] }
        unlisted += entries.reduce(0) { $0 + $1.findings.count } - shown.reduce(0) { $0 + $1.findings.count }
        heads -= shown.count
        return shown.map { entry in
            let alike = entry.alike.prefix(room)
            room -= alike.count
            unlisted += entry.alike.count - alike.count
            defer { isFirst = false }
            return FindingCard(
                entry, alike: alike, open: isFirst && entry.finding.severity == .critical, anchors: &anchors)
        }
    }
}

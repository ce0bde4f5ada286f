import Diagnosing

/// The cards of a page, so many that it stays light, each finding's anchor once.
struct CardList {
    private var anchors: Set<String> = []
    private var room = Page.listedFindings
    private var isFirst = true
    /// Findings for which there was no room.
    private(set) var unlisted = 0

    /// The first critical finding is open: it is what the reader came for.
    mutating func cards(_ entries: [ReportContent.Entry]) -> [FindingCard] {
        var cards: [FindingCard] = []
        for entry in entries {
            let listed = entry.findings.prefix(room)
            unlisted += entry.findings.count - listed.count
            room -= listed.count
            guard !listed.isEmpty else { continue }
            cards.append(
                FindingCard(
                    entry, alike: listed.dropFirst(), open: isFirst && entry.finding.severity == .critical,
                    anchors: &anchors))
            isFirst = false
        }
        return cards
    }
}

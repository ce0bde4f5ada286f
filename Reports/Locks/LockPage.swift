import Diagnosing
import Model

/// The values of the template of a reading of locks.
struct LockPage {
    struct Root {
        var title: String
        var facts: [Page.Pair]
        var statements: [Page.Pair]
        var actions: [ActionView]
    }

    struct Watched {
        var name: String
        var why: String
        var time: String
        var peak: String
        var longest: String
    }

    var generator: String
    var title: String
    var style = TemplateFiles.style
    var target: String
    var facts: [String]
    var headline: String
    var tone: String
    var charts: [Page.Chart]
    var deadlocks: [String]
    var hasOpen: Bool
    var open: [String]
    var hasRoots: Bool
    var roots: [Root]
    var moreRoots: [String]
    var isWatch: Bool
    var watchFacts: [String]
    var hasWatched: Bool
    var watched: [Watched]
    var hasNotes: Bool
    var notes: [String]
    var origin: [String]

    init(_ report: LockReport) {
        let reading = report.reading
        generator = report.generator
        target = Visible.folded(report.target)
        title = "pgmedic: locks of " + target
        facts = ([report.server, Moments.plain(reading.takenAt)] + reading.sums).map(Visible.folded)
        headline = Visible.folded(reading.headline)
        tone = report.tone
        charts = Page.forestChart(reading.trees.map(\.root), reading.observation).map { [$0] } ?? []
        deadlocks = reading.deadlockSentences.map(Visible.folded)
        open = report.openTransactions.map(Visible.folded)
        hasOpen = !open.isEmpty
        roots = reading.trees.prefix(LockReport.openedTrees).map(Self.root)
        hasRoots = !roots.isEmpty
        let more = reading.trees.count - LockReport.openedTrees
        moreRoots = more > 0 ? ["\(Quantity.plural(more, "more root")) in the picture"] : []
        isWatch = report.watch != nil
        watchFacts = report.watchFacts
        watched = (report.watch?.roots ?? []).map { root in
            Watched(
                name: Visible.folded(root.name + (root.relation.map { " on \($0)" } ?? "")),
                why: Visible.folded(root.reason.label), time: Quantity.seconds(root.secondsBlocked),
                peak: Quantity.count(root.peak), longest: Quantity.seconds(root.longestWait))
        }
        hasWatched = !watched.isEmpty
        notes = report.notes.map(Visible.folded)
        hasNotes = !notes.isEmpty
        origin = report.options.command.map { [Visible.folded($0)] } ?? []
    }

    private static func root(_ tree: BlockedSessions) -> Root {
        let facts = RootFacts(tree: tree)
        let isStatement = { (label: String) in label == "runs" || label == "ran last" }
        let pairs = facts.facts.map { Page.Pair(label: $0.label, value: $0.text) }
        return Root(
            title: Visible.folded(facts.title), facts: pairs.filter { !isStatement($0.label) },
            statements: pairs.filter { isStatement($0.label) }, actions: tree.ladder.map(ActionView.init))
    }
}

/// What the page's templates insert. Optional parts are lists of none or one: mustache looks for a missing value in the
/// surrounding context, and would find that of another finding.
struct Page {
    var generator: String
    var title: String
    var style = TemplateFiles.style
    var target: String
    var facts: [String]
    /// `critical`, `warning`, `notice` or `good`
    var tone: String
    var headline: String
    var steps: [Step]
    var charts: [Chart]
    /// None or one.
    var waits: [Waits]
    /// `43 rules judged, 4 gaps`
    var judged: String
    /// Where to find what: `3 critical, 12 warnings`.
    var contents: [Link]
    var findings: [FindingCard]
    var notices: [FindingCard]
    /// `25 notices`
    var noticesTitle: String
    /// There is nothing louder than notices.
    var opensNotices: Bool
    var moreFindings: [String]
    var statements: [StatementRow]
    var moreStatements: [String]
    var evaluated: String
    var cleared: [String]
    var gaps: [Gap]
    /// How many were accepted.
    var suppressed: String
    var suppressions: [String]
    /// How many are not the documented ones.
    var adjusted: String
    var thresholds: [String]
    var environment: [Pair]
    var method: [Pair]

    var hasContents: Bool
    var hasNotices: Bool
    var hasFindings: Bool
    var hasSteps: Bool
    var hasCharts: Bool
    var hasStatements: Bool
    var hasCleared: Bool
    var hasGaps: Bool
    var hasSuppressions: Bool
    var hasThresholds: Bool

    struct Step {
        var label: String
        var tier: String
        var title: String
        var gain: String
        var basis: String
        var fingerprint: String
    }

    struct Chart {
        /// Its class in the stylesheet.
        var kind: String
        var title: String
        var note: String
        var bars: [Bars] = []
        /// SVG.
        var trees: [String] = []
    }

    struct Bars {
        var rows: [Row]
        var axis: String
        var unit: String

        struct Row {
            var label: String
            var value: String
            /// SVG.
            var svg: String
        }
    }

    struct StatementRow {
        var share: String
        var calls: String
        var mean: String
        var total: String
        var rows: String
        var blocks: String
        var text: String
        var who: String
    }

    struct Gap {
        var text: String
        var remedy: [String]
        /// None or one.
        var rules: [Rules]

        struct Rules {
            /// `9 rules`
            var count: String
            var names: [String]
        }
    }

    struct Link {
        var target: String
        var text: String
    }

    struct Pair {
        var label: String
        var value: String
    }
}

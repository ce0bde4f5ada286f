import Model
import PostgresClient
import Queries
import Statements

/// What hypothetical indexes would do to the statements that were explained.
extension Visit {
    mutating func askWhatIf(_ explained: [ExplainJob], at place: Int, on session: Session) async {
        guard options.asksWhatIf else {
            book.add(CollectionNote(.whatIf, .refused, "What-if plans were not asked for."))
            return
        }
        guard drafts[place].hypoPGSchema != nil else {
            book.add(
                CollectionNote(
                    .whatIf, .extensionMissing,
                    "HypoPG is not installed in database \(drafts[place].database): what an index would gain is not known.",
                    remedy: Remedies.createHypoPG))
            return
        }
        book.add(CollectionNote(.whatIf, .failed, "What-if plans were not made."))
    }
}

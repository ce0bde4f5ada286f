import Model

/// The numbers of one snapshot as read: of each series its measures, in the order of its kind.
package struct Frame: Sendable, Equatable {
    /// What is known of a series beside its numbers; seldom changes.
    package struct Facts: Sendable, Hashable {
        /// Of a statement, libpg_query's.
        package var fingerprint: String?
        /// A statement's text, an index's definition; redacted. nil: it was not fetched this time.
        package var text: String?
        /// Of a statement or index: `public.orders`.
        package var relations: [String] = []
        /// Of a statement: a hash of its plan's shape; nil: it was not explained this time.
        package var plan: String?
        /// The plan's shape in a few words: `Index Scan on orders using orders_status_idx`.
        package var planText: String?

        package init(relations: [String] = [], text: String? = nil) {
            self.relations = relations
            self.text = text
        }

        package init(_ statement: Statement) {
            fingerprint = statement.fingerprint
            text = statement.text
        }
    }

    package var values: [SeriesKey: [Int64]] = [:]
    package var facts: [SeriesKey: Facts] = [:]
    package var scope = ReadScope()

    package init() {}
}

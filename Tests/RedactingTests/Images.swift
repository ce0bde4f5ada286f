import Model

extension PlannerImage {
    /// Of columns with these values as a histogram each, and definitions.
    static func of(_ columns: [(type: String, values: [String])], definitions: [(Definition.Kind, String)] = [])
        -> PlannerImage
    {
        .make { image in
            image.columns = columns.enumerated().map { number, column in
                .make {
                    $0.relation = QualifiedName("public", "t")
                    $0.column = "c\(number)"
                    $0.type = column.type
                    $0.slots = [
                        .make {
                            $0.kind = 1
                            $0.values = column.values
                            $0.numbers = column.values.map { _ in 0.01 }
                        }
                    ]
                }
            }
            image.definitions = definitions.enumerated().map { number, definition in
                .make {
                    $0.kind = definition.0
                    $0.name = QualifiedName("public", "object\(number)")
                    $0.sql = definition.1
                }
            }
        }
    }
}

import Model

extension Snapshot {
    /// A look-up in orders; `filter` of its sequential scan, nil: an index scan by the primary key.
    mutating func addLookUp(
        _ text: String, type: String = "bigint", filter: String?, blocksPerCall: Int64 = 90_000
    ) {
        addColumns("orders", "id!", type: type)
        addIndex("orders_pkey", on: "id") {
            $0.isUnique = true
            $0.isPrimary = true
        }
        addCostly(text, blocksPerCall: blocksPerCall)
        let node =
            filter.map { "\"Node Type\": \"Seq Scan\", \"Filter\": \"\($0)\"" }
            ?? "\"Node Type\": \"Index Scan\", \"Index Name\": \"orders_pkey\", \"Index Cond\": \"(id = $1)\""
        statementStatistics!.statements[0].plan = .make {
            $0.json = "[{\"Plan\": {\(node), \"Relation Name\": \"orders\", \"Alias\": \"o\", \"Total Cost\": 9000}}]"
        }
    }
}

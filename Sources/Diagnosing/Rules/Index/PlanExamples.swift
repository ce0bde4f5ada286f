import Model

extension Snapshot {
    /// order_items with a million rows, read whole by a statement that wants three of them.
    mutating func addScannedTable(
        whatIf costs: (Double, Double)?, time: Double = 400_000, kept: Double = 3
    ) {
        addTable("order_items", rows: 1_000_000)
        let json = """
            [{"Plan": {"Node Type": "Seq Scan", "Relation Name": "order_items", "Alias": "order_items",
            "Startup Cost": 0, "Total Cost": 14000, "Plan Rows": \(kept), "Plan Width": 17, "Filter": "(order_id = $1)"}}]
            """
        addStatement("f1", "SELECT id FROM order_items WHERE order_id = $1", calls: 4000, time: time) {
            $0.searchPath = ["public"]
            $0.plan = .make { $0.json = json }
            if let costs {
                $0.whatIf = [
                    .make {
                        $0.costBefore = costs.0
                        $0.costAfter = costs.1
                        $0.isUsed = true
                        $0.indexes = [
                            .make {
                                $0.relation = QualifiedName("public", "order_items")
                                $0.keys = ["order_id"]
                                $0.estimatedSize = 30 << 20
                                $0.definition =
                                    "CREATE INDEX CONCURRENTLY order_items_order_id_idx ON public.order_items (order_id);"
                            }
                        ]
                    }
                ]
            }
        }
    }
}

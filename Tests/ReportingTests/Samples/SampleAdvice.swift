import Foundation
import Model
import Reporting
import Testing

/// Index advice made by hand, with all that a report may have to show.
enum SampleAdvice: String, CaseIterable, CustomTestStringConvertible {
    case full, none, refused, stopped, hostile

    var testDescription: String { rawValue }

    func report(
        explains: Bool = false, quiet: Bool = false, color: Bool = false, width: Int = 80
    ) -> IndexReport {
        var snapshot = SampleSnapshot.sick
        if self == .hostile {
            snapshot.server.database = Sample.evil
            snapshot.server.host = Sample.evil
        }
        return IndexReport(
            advice, of: snapshot, explains: explains,
            options: ReportOptions(
                quiet: quiet, color: color, width: width, command: "pgmedic indexes service=shop",
                generator: "pgmedic 0.1.0"))
    }

    var advice: IndexAdvice {
        switch self {
        case .full: Self.fullAdvice
        case .none:
            .make {
                $0.database = "shop"
                $0.sources = ["pg_stat_statements since 2026-02-01 00:00 UTC"]
                $0.statements = [Self.statement("SELECT * FROM orders WHERE id = $1", 0.9, 8.4, 8.4)]
                ($0.costBefore, $0.costAfter) = (8400, 8400)
                ($0.candidateCount, $0.plannerCalls) = (0, 1)
            }
        case .refused: .make { $0.refusal = "the role may not read pg_stat_statements; GRANT pg_monitor TO monitor" }
        case .stopped:
            .make {
                $0 = Self.fullAdvice
                $0.isComplete = false
                $0.budget.storage = 0
                $0.recommendations.removeAll { $0.kind == .create || $0.kind == .replace }
            }
        case .hostile: Self.hostileAdvice
        }
    }

    private static func statement(_ text: String, _ share: Double, _ before: Double?, _ after: Double?)
        -> AdvisedStatement
    {
        .make {
            $0.text = text
            $0.queryIDs = [7_204_331_905_172_360_411]
            $0.fingerprint = "50fde20626009aba"
            $0.calls = 1000
            $0.meanTime = 412.3
            $0.share = share
            $0.costBefore = before
            $0.costAfter = after
            if before == nil { $0.note = "not explained: permission denied for table audit" }
        }
    }

    private static let orders = QualifiedName("public", "orders")

    private static var fullAdvice: IndexAdvice {
        .make {
            $0.database = "shop"
            $0.sources = ["pg_stat_statements since 2026-02-01 00:00 UTC", "workload.sql"]
            $0.statements = [
                statement(
                    "SELECT o.id, o.total FROM orders o WHERE o.customer_id = $1 AND o.status = $2 ORDER BY o.created_at DESC "
                        + "LIMIT $3", 0.62, 41_234.5, 12.4),
                statement("SELECT count(*) FROM order_items WHERE order_id = $1", 0.3, 9_812, 4.45),
                statement("UPDATE customers SET seen = now() WHERE lower(email) = $1", 0.05, 2_200, 2_310),
                statement("SELECT * FROM audit", 0.005, nil, nil),
            ]
            $0.statements += (4...8).map {
                statement(
                    "SELECT total FROM orders WHERE customer_id = $1 AND status = 'state \($0)'", 0.005, 1_234.5, 12.4)
            }
            $0.recommendations = [create, replace, unique, merged, drop, partitioned, repair]
            $0.rejected = [
                .make {
                    $0.index = "orders (status)"
                    $0.relation = orders
                    $0.reason = "It keeps 40 % of the rows: no plan would use it."
                    $0.gain = 0.002
                },
                .make {
                    $0.index = "orders_pkey (id)"
                    $0.relation = orders
                    $0.reason = "Nothing reads it, but it is the primary key."
                },
            ]
            ($0.costBefore, $0.costAfter, $0.meanCut) = (53_246_500, 3_100_000, 0.631)
            $0.writeCost = 120_000
            $0.budget.storage = 500 << 20
            $0.budget.writes = 0.1
            $0.budget.mostIndexes = 12
            ($0.candidateCount, $0.plannerCalls, $0.estimateCalls) = (143, 212, 4_120)
            $0.notes = [
                "3 statements of pg_temp_3.scratch: temporary tables are seen by their own session only.",
                "permission denied for table audit: GRANT SELECT ON audit TO monitor;",
            ]
        }
    }

    private static let create = IndexRecommendation.make {
        $0.kind = .create
        $0.relation = orders
        $0.index = .make {
            $0.relation = orders
            $0.keys = ["customer_id", "status", "created_at DESC"]
            $0.included = ["total"]
            $0.predicate = "deleted_at IS NULL"
            $0.definition = "CREATE INDEX CONCURRENTLY orders_customer_id_status_created_at_idx ON public.orders (…);"
        }
        $0.sql = [
            "CREATE INDEX CONCURRENTLY orders_customer_id_status_created_at_idx ON public.orders (customer_id, status, "
                + "created_at DESC) INCLUDE (total) WHERE deleted_at IS NULL;"
        ]
        $0.undo = ["DROP INDEX CONCURRENTLY public.orders_customer_id_status_created_at_idx;"]
        $0.verify =
            "SELECT idx_scan FROM pg_catalog.pg_stat_user_indexes WHERE indexrelid = "
            + "'public.orders_customer_id_status_created_at_idx'::regclass;"
        $0.reason = "It finds the customer's orders in the order that the page wants."
        $0.served = [0, 4, 5, 6, 7, 8].map { number in
            .make {
                $0.statement = number
                $0.costBefore = 41_234.5 - Double(number) * 5_000
                $0.costAfter = number == 8 ? 1_300 : 12.4
            }
        }
        $0.gain = 0.62
        ($0.size, $0.leastSize, $0.greatestSize) = (48 << 20, 40 << 20, 57 << 20)
        $0.writes = .make {
            $0.rowsWritten = 1_240_000
            $0.hotUpdatesLost = 30_000
            $0.cost = 110_000
        }
        ($0.leastDuration, $0.greatestDuration) = (4, 31)
        $0.makesNeedless = [QualifiedName("public", "orders_customer_id_idx")]
        $0.cautions = ["When it fails it leaves an INVALID index: drop it and run again."]
    }

    private static let replace = IndexRecommendation.make {
        $0.kind = .replace
        $0.relation = QualifiedName("public", "order_items")
        $0.index = .make {
            $0.relation = QualifiedName("public", "order_items")
            $0.keys = ["order_id", "product_id"]
            $0.definition = "…"
        }
        $0.drops = [QualifiedName("public", "order_items_order_id_idx")]
        $0.makesNeedless = $0.drops
        $0.sql = [
            "CREATE INDEX CONCURRENTLY order_items_order_id_product_id_idx ON public.order_items (order_id, product_id);",
            "DROP INDEX CONCURRENTLY public.order_items_order_id_idx;",
        ]
        $0.undo = [
            "CREATE INDEX CONCURRENTLY order_items_order_id_idx ON public.order_items USING btree (order_id);",
            "DROP INDEX CONCURRENTLY public.order_items_order_id_product_id_idx;",
        ]
        $0.verify = "the statements keep their mean time"
        $0.served = [
            .make {
                $0.statement = 1
                $0.costBefore = 9_812
                $0.costAfter = 4.45
            }
        ]
        $0.gain = 0.31
        $0.basis = .estimated
        ($0.size, $0.leastSize, $0.greatestSize) = (364 << 20, 364 << 20, 364 << 20)
        $0.uniqueness = .make { $0.column = "order_id" }
    }

    private static let unique = IndexRecommendation.make {
        let customers = QualifiedName("public", "customers")
        $0.relation = customers
        $0.index = .make {
            $0.relation = customers
            $0.keys = ["code"]
            $0.definition = "CREATE UNIQUE INDEX CONCURRENTLY customers_code_idx ON public.customers (code);"
        }
        $0.sql = [
            "SELECT code, pg_catalog.count(*) FROM public.customers GROUP BY code HAVING pg_catalog.count(*) > 1 LIMIT 1;",
            "CREATE UNIQUE INDEX CONCURRENTLY customers_code_idx ON public.customers (code);",
        ]
        $0.undo = ["DROP INDEX CONCURRENTLY public.customers_code_idx;"]
        $0.served = [
            .make {
                $0.statement = 2
                $0.costBefore = 2_200
                $0.costAfter = 8.44
            }
        ]
        $0.gain = 0.05
        ($0.size, $0.leastSize, $0.greatestSize) = (12 << 20, 11 << 20, 14 << 20)
        $0.writes = .make {
            $0.rowsWritten = 30_000
            $0.cost = 15_000
            $0.basis = .counters
        }
        $0.uniqueness = .make {
            $0.column = "code"
            $0.isChosen = true
            $0.check = "SELECT …"
            $0.checkCost = 31_250
            $0.reads = 200 << 20
        }
    }

    private static let merged = IndexRecommendation.make {
        $0.kind = .replace
        $0.relation = orders
        $0.index = .make {
            $0.relation = orders
            $0.keys = ["region"]
            $0.included = ["total", "note"]
            $0.definition =
                "CREATE INDEX CONCURRENTLY orders_region_idx ON public.orders (region) INCLUDE (total, note);"
        }
        $0.drops = [QualifiedName("public", "orders_region_note"), QualifiedName("public", "orders_region_total")]
        $0.makesNeedless = $0.drops
        $0.sql = [
            "CREATE INDEX CONCURRENTLY orders_region_idx ON public.orders (region) INCLUDE (total, note);",
            "DROP INDEX CONCURRENTLY public.orders_region_note;", "DROP INDEX CONCURRENTLY public.orders_region_total;",
        ]
        $0.undo = [
            "CREATE INDEX CONCURRENTLY orders_region_total ON public.orders USING btree (region) INCLUDE (total);",
            "CREATE INDEX CONCURRENTLY orders_region_note ON public.orders USING btree (region) INCLUDE (note);",
            "DROP INDEX CONCURRENTLY public.orders_region_idx;",
        ]
        $0.reason = "One index does the work of orders_region_note and orders_region_total."
        $0.served = [
            .make {
                $0.statement = 1
                ($0.costBefore, $0.costAfter) = (4.45, 4.5)
            }
        ]
        $0.basis = .estimated
        ($0.size, $0.leastSize, $0.greatestSize) = (120 << 20, 110 << 20, 130 << 20)
        $0.freed = 60 << 20
        $0.writes = .make {
            $0.rowsWritten = 1_240_000
            $0.cost = -80_000
        }
    }

    private static let drop = IndexRecommendation.make {
        $0.kind = .drop
        $0.relation = orders
        $0.drops = [QualifiedName("public", "orders_note_idx")]
        $0.sql = ["DROP INDEX CONCURRENTLY public.orders_note_idx;"]
        $0.undo = ["CREATE INDEX CONCURRENTLY orders_note_idx ON public.orders USING btree (note);"]
        $0.verify = "SELECT pg_catalog.to_regclass('public.orders_note_idx') IS NOT NULL;"
        $0.reason = "No statement has read orders_note_idx since 2026-01-23."
        $0.basis = .catalog
        ($0.size, $0.leastSize, $0.greatestSize) = (100 << 20, 100 << 20, 100 << 20)
        $0.writes.rowsWritten = 1_240_000
    }

    private static let partitioned = IndexRecommendation.make {
        $0.kind = .drop
        $0.relation = QualifiedName("log", "events")
        $0.drops = [QualifiedName("log", "events_at_idx")]
        $0.sql = ["SET lock_timeout = '2s';", "DROP INDEX log.events_at_idx;", "RESET lock_timeout;"]
        ($0.lockMode, $0.lockBlocks) = ("ACCESS EXCLUSIVE", "reads and writes of the table and its partitions wait")
        $0.basis = .catalog
        ($0.size, $0.leastSize, $0.greatestSize) = (20 << 20, 20 << 20, 20 << 20)
        $0.cautions = ["Keep what the first statement prints, it is the way back."]
    }

    private static let repair = IndexRecommendation.make {
        $0.kind = .repair
        $0.relation = QualifiedName("public", "customers")
        $0.repairs = QualifiedName("public", "customers_email_idx")
        $0.sql = ["REINDEX INDEX CONCURRENTLY public.customers_email_idx;"]
        $0.undo = ["DROP INDEX CONCURRENTLY public.customers_email_idx;"]
        $0.basis = .catalog
        $0.reason = "customers_email_idx (email) is INVALID: a build did not end."
    }

    private static var hostileAdvice: IndexAdvice {
        let evil = Sample.evil
        let name = QualifiedName("public", evil)
        return .make {
            $0.database = evil
            $0.sources = [evil]
            $0.statements = [statement("SELECT \"\(evil)\"", 1, 100, 1)]
            $0.statements[0].note = evil
            $0.recommendations = [
                .make {
                    $0.kind = .replace
                    $0.relation = name
                    $0.index = .make {
                        $0.relation = name
                        $0.keys = [SQL.identifier(evil)]
                        $0.included = [evil]
                        $0.predicate = evil
                        $0.definition = evil
                    }
                    $0.drops = [name]
                    $0.makesNeedless = [name]
                    $0.sql = [
                        "CREATE INDEX CONCURRENTLY i ON \(name.quoted) (a);", "DROP INDEX CONCURRENTLY \(name.quoted);",
                    ]
                    $0.undo = [evil]
                    $0.verify = evil
                    $0.reason = evil
                    $0.lockMode = evil
                    $0.lockBlocks = evil
                    $0.served = [.make { $0.costBefore = 100 }, .make { $0.statement = 99 }]
                    $0.cautions = [evil]
                    $0.gain = 1
                    $0.uniqueness = .make { $0.column = evil }
                },
                .make {
                    $0.kind = .repair
                    $0.relation = name
                    $0.repairs = name
                    $0.sql = ["REINDEX INDEX CONCURRENTLY \(name.quoted);"]
                },
            ]
            $0.rejected = [
                .make {
                    $0.index = evil
                    $0.relation = name
                    $0.reason = evil
                }
            ]
            $0.notes = [evil]
            ($0.costBefore, $0.costAfter) = (100, 1)
        }
    }
}

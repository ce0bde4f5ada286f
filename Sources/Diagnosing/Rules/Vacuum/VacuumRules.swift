/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let vacuumRules: [any Rule.Type] = [
    HorizonHeld.self,
    DeadRowsPileUp.self,
    AutovacuumDisabledOnTable.self,
    Wraparound.self,
]

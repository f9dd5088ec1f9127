"""What Cotano costs, measured beside what it replaces; docs/performance.md tells how to run it and what each figure means.

`registry` names the benches, one module or package each, with `run(size, say) -> list[Figure]`. `running` gives each run a
scratch database of its own and a fresh process on `benchmarks.settings`; nothing here is part of the running product.
"""

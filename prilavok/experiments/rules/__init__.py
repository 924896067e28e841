"""How experiments are drawn and reckoned. Pure: no database, no clock, no Django.

draw         who goes into which arm: salted, sticky, exact shares within strata
cells        counts, means and covariances per stratum and arm: all that an estimate needs
effect       the difference per customer, adjusted by the customers' own past (CUPED), with its interval
rates        the same for yes-or-no outcomes
looks        intervals that stay valid however often one looks before the horizon
sensitivity  which effect groups of a size can show, and the control share that follows
split        whether the arms have the sizes that were planned
cuts         the effect shared out over sexes, ages, shops so that the parts add up to the total
verdicts     what may be said, and when
unassigned   campaigns without control: the naive figure and the difference in differences
bands        age bands, quantiles, caps for outliers

Every formula and its source stand at the function. Money here is float: an estimate, never a balance.
"""

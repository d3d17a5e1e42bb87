import fc from 'fast-check'

/**
 * Property tests try the same cases in every run, so that a change is never red for another one's fault. To look for new counterexamples:
 * `PROPERTY_SEED=$RANDOM npm test`.
 */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20261122) })

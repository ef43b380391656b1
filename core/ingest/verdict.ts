import type { BronzeContract } from '../contract/contract.ts';
import type { LoadRecord } from '../ports/load-ledger.ts';

/** Whether a file is stored gzipped: its name says so, not its bytes. */
export function isGzipped(name: string): boolean {
  return name.toLowerCase().endsWith('.gz');
}

/**
 * Under what a file's failure was found: the contract, and whether the bytes were unzipped. Gzip delivered as `.csv` fails, and
 * must be read again when it comes as `.csv.gz`.
 */
export function verdictHash(contract: BronzeContract, name: string): string {
  return isGzipped(name) ? `${contract.hash}+gzip` : contract.hash;
}

/** Whether what is recorded of a content holds for a file that brings it again under this name. */
export function isSettled({ outcome }: LoadRecord, contract: BronzeContract, name: string): boolean {
  return outcome.status === 'loaded' || outcome.contractHash === verdictHash(contract, name);
}

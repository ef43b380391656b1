import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { ledgerTable } from '../../adapters/aws/ledger-table.ts';
import type { Grantee } from '../governance/grants.ts';
import type { StageSettings } from '../stage/stage-settings.ts';

/** Props of {@link LedgerTable}. */
export type LedgerTableProps = { readonly settings: StageSettings; readonly key: Key };

/** What may be done with the ledger's items. */
export type LedgerAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'DeleteItem' | 'BatchWriteItem';

/** The DynamoDB table of loads, leases, runs and holds (adapters/aws/ledger-table.ts has its items). */
export class LedgerTable extends Construct {
  readonly table: Table;
  readonly #key: Key;

  constructor(scope: Construct, id: string, props: LedgerTableProps) {
    super(scope, id);
    this.#key = props.key;
    this.table = new Table(this, 'Table', {
      partitionKey: { name: ledgerTable.partitionKey, type: AttributeType.STRING },
      sortKey: { name: ledgerTable.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: props.key,
      // The ledger is what keeps a redelivered file from being loaded twice: it must survive a mistake.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.settings.removal === 'retain',
      removalPolicy: props.settings.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    this.table.addLocalSecondaryIndex({
      indexName: ledgerTable.timeIndex,
      sortKey: { name: ledgerTable.timeSortKey, type: AttributeType.STRING },
    });
  }

  /** Actions on items; a transaction needs those of its parts. The table itself cannot be changed by anyone. */
  grant(grantee: Grantee, actions: readonly LedgerAction[]): void {
    const index = `${this.table.tableArn}/index/${ledgerTable.timeIndex}`;
    grantee.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.table.tableArn, ...(actions.includes('Query') ? [index] : [])],
    );
    // DynamoDB calls KMS in the caller's name:
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    grantee.allow(
      ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
      [this.#key.keyArn],
    );
  }
}

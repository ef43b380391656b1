import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { ledgerTable } from '../../adapters/aws/ledger-table.ts';
import type { Grantee } from '../governance/grants.ts';
import type { StageSettings } from '../stage/stage-settings.ts';

/** Props of {@link LedgerTable}. */
export type LedgerTableProps = { readonly settings: StageSettings; readonly key: Key };

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

  /** Items can be read and changed; the table itself cannot. */
  grantReadWrite(grantee: Grantee): void {
    grantee.allow(
      [
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
        'dynamodb:Query',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
        'dynamodb:BatchWriteItem',
        'dynamodb:ConditionCheckItem',
      ],
      [this.table.tableArn, `${this.table.tableArn}/index/${ledgerTable.timeIndex}`],
    );
    grantee.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [this.#key.keyArn]);
  }
}

"""The customer with an e-mail address, made when there is none.

LODGE_URL and LODGE_KEY say where and as whom; then the address and a name.
"""

import os
import sys

from lodge_client.api.customers import create_customer, find_customers
from lodge_client.asking import RefusedByLodge, connect, done
from lodge_client.models import NewCustomerBody, PointOfNewCustomer


def main(address: str, name: str) -> None:
    client = connect(os.environ["LODGE_URL"], os.environ["LODGE_KEY"])
    for _ in range(2):  # twice: somebody else may make the same customer between the two questions
        found = done(find_customers.sync(client=client, kind="email", address=address))
        if found.customer_ids:
            print(f"customer {found.customer_ids[0]}")
            return
        point = PointOfNewCustomer(kind="email", address=address)
        new = NewCustomerBody(name=name, contact_points=[point])
        try:
            made = done(create_customer.sync(client=client, body=new))
        except RefusedByLodge as refused:
            if refused.status == 409:
                continue
            raise
        print(f"customer {made.customer_id}, new")
        return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

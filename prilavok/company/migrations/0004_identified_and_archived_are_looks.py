
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('company', '0003_company_has_a_site'),
    ]

    operations = [
        migrations.AlterField(
            model_name='look',
            name='what',
            field=models.CharField(choices=[('card', 'Opened the card'), ('contacts', 'Saw the contacts'), ('list', 'Saw a list'), ('export', 'Exported'), ('api', 'Read through the API'), ('identify', 'Recognised by an identifier'), ('archive', 'Took the archive of everything')], max_length=20),
        ),
    ]
